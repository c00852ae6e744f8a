/* What was done in the editor, to strokes and settings alike, in the order in which it was done. A step is
   {back(), forth(), bytes, of}: it undoes and redoes itself; `of` names what a further small change may join. */

const MOST_BYTES = 192 * 1024 * 1024; /* the oldest steps go first */
const JOIN_MS = 1000;

export class History {
  constructor() {
    this.past = [];
    this.future = [];
    this.bytes = 0;
    this.joins = null; /* {of, until}: the newest step goes on while its control is changed again within a moment */
  }

  add(step) {
    this.past.push(step);
    for (const undone of this.future) this.bytes -= undone.bytes;
    this.future = [];
    this.joins = null;
    this.bytes += step.bytes;
    while (this.bytes > MOST_BYTES && this.past.length > 1) this.bytes -= this.past.shift().bytes;
  }

  /* A step that goes on with the newest one where that is of the same control and hardly over: a held key is one step. */
  join(step) {
    const now = performance.now(), newest = this.past.at(-1);
    if (this.joins?.of === step.of && now < this.joins.until) newest.forth = step.forth;
    else this.add(step);
    this.joins = { of: step.of, until: now + JOIN_MS };
  }

  /* Both return whether there was anything to undo or redo. */
  undo() { return this.go(this.past, this.future, "back"); }
  redo() { return this.go(this.future, this.past, "forth"); }

  go(from, to, way) {
    const step = from.pop();
    if (!step) return false;
    this.joins = null;
    step[way]();
    to.push(step);
    return true;
  }
}
