/* The live controls beside the mask: edge shift, feather, edge colour, glass and shadow. Their names are those that the server
   validates; this only moves values between sliders, buttons and the request. */

const SHIFT_STEP = 0.25;

export class Retouch {
  /* form: the controls; history: where a change is remembered; changed: what to do when a value is another one. */
  constructor(form, history, changed) {
    Object.assign(this, { form, history, changed, colour: form.querySelector("[data-colour]") });
    this.begun = this.settings();
    this.standing = this.begun; /* the settings that the history knows */
    form.addEventListener("input", () => this.show(true));
    form.addEventListener("change", (event) => this.remember(event.target.id)); /* a slider was let go */
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of form.querySelectorAll("[data-kind]")) button.addEventListener("click", () => this.setKind(button.dataset.kind));
    form.querySelector("[data-choke]").addEventListener("click", () => this.shift(-SHIFT_STEP));
    form.querySelector("[data-spread]").addEventListener("click", () => this.shift(SHIFT_STEP));
    form.querySelector("[data-as-it-was]").addEventListener("click", () => this.reset());
    this.show(false);
  }

  inputs() { return [...this.form.querySelectorAll("input[name]")].filter((input) => input.name.includes(".")); }
  field(name) { return this.form.querySelector(`input[name="${name}"]`); }

  get shaded() { return this.field("shadow.kind").value !== "none"; }
  get clear() { return Number(this.field("glass.clarity").value) > 0; }

  shift(by) {
    this.field("edge.shift").value = Number(this.field("edge.shift").value) + by;
    this.show(true);
    this.remember("edge-shift");
  }

  setKind(kind) {
    this.field("shadow.kind").value = kind;
    this.show(true);
    this.remember(kind);
    this.form.querySelector("[data-shadow]").scrollIntoView({ block: "nearest" });
  }

  reset() {
    this.set(this.begun);
    this.remember("as it was");
  }

  /* Every control's value, by its name; that of the colour's switch is "colour". */
  settings() { return { colour: this.colour.checked, ...Object.fromEntries(this.inputs().map((input) => [input.name, input.value])) }; }

  set({ colour, ...values }) {
    this.colour.checked = colour;
    for (const [name, value] of Object.entries(values)) this.field(name).value = value;
    this.show(true);
  }

  /* One step of the history, if anything is another value than the history knows; `of` is the control. */
  remember(of) {
    const was = this.standing, is = this.settings();
    if (Object.entries(is).every(([name, value]) => was[name] === value)) return;
    this.standing = is;
    const to = (settings) => () => { this.standing = settings; this.set(settings); };
    this.history.join({ back: to(was), forth: to(is), bytes: 0, of });
  }

  /* What goes to the server. Edge colour that is switched off has no strength. */
  values() {
    const body = new FormData(this.form);
    if (!this.colour.checked) body.set("decontaminate.strength", 0);
    return body;
  }

  show(tell) {
    for (const input of this.inputs()) {
      const out = this.form.querySelector(`output[for="${input.id}"]`);
      if (out) out.value = `${input.dataset.signed !== undefined && Number(input.value) > 0 ? "+" : ""}${input.value}`;
    }
    const kind = this.field("shadow.kind").value;
    for (const button of this.form.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    this.form.querySelector("[data-shadow]").hidden = kind === "none";
    this.field("decontaminate.strength").disabled = !this.colour.checked;
    this.form.querySelector("[data-needle]").style.transform = `rotate(${this.field("shadow.direction").value}deg)`;
    if (tell) this.changed();
  }
}
