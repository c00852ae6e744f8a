"""The forms of those who connect other programs: API tokens and webhooks."""

from urllib.parse import urlsplit

from django import forms

from catalog import webhooks


class TokenForm(forms.Form):
    """A token's name and how long it holds."""

    name = forms.CharField(max_length=80, help_text="What it is for: the program that uses it, and where that runs.")
    days = forms.TypedChoiceField(
        label="Ends",
        choices=[("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")],
        coerce=int,
        empty_value=None,
        required=False,
    )


class WebhookForm(forms.Form):
    """Where to, and what of."""

    address = forms.CharField(max_length=500, help_text="http:// or https://, as this instance reaches it.")
    events = forms.MultipleChoiceField(
        choices=[(name, f"{name}: {words[0].lower()}{words[1:]}") for name, words in webhooks.EVENTS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )

    def clean_address(self) -> str:
        """Only what a web server answers. Names without a dot are fine: many an instance has neighbours."""
        address: str = self.cleaned_data["address"]
        try:
            parts = urlsplit(address)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            known = False
        if not known or " " in address or not address.isascii():
            raise forms.ValidationError("Give a whole address, such as https://shop.example/loupe.")
        if parts.username is not None or parts.password is not None:
            raise forms.ValidationError("Leave the name and password out; Loupe-Signature tells who sent an event.")
        if webhooks.is_link_local(parts.hostname or ""):
            raise forms.ValidationError(f"{webhooks.NOT_THERE} Give an address of the program that is to listen.")
        return address
