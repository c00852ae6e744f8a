"""Forms of a product sheet: which file, and which of its columns means which field."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from catalog.columns import LABELS, LONGEST
from catalog.sheet_files import MAX_BYTES, SUFFIXES


class SheetForm(forms.Form):
    """The sheet itself. What is in it is judged by reading it, not by its name."""

    file = forms.FileField(
        label="Product sheet",
        allow_empty_file=True,
        help_text="CSV or XLSX with a row of headings; one row a product, known by its SKU.",
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """A file that can be read at all; a larger one is refused before it fills the memory."""
        file = cast("UploadedFile[Any]", self.cleaned_data["file"])
        if (file.size or 0) > MAX_BYTES:
            size, most = (file.size or 0) / 1e6, MAX_BYTES / 1e6
            raise forms.ValidationError(
                f"The file has {size:.0f} MB; at most {most:.0f} MB. Split it into several sheets."
            )
        return file


class ColumnsForm(forms.Form):
    """For each field of a product, the column that holds it."""

    def __init__(self, *args: Any, columns: Sequence[str], mapping: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [("", "Not in this sheet"), *((column, column) for column in columns)]
        for name in LONGEST:
            self.fields[name] = forms.ChoiceField(
                choices=options,
                required=name == "sku",
                initial=mapping.get(name, ""),
                label=LABELS.get(name, name.capitalize()),
                error_messages={"required": "Say which column holds the SKU: a product is known by it."},
            )

    def mapping(self) -> dict[str, str]:
        """Field to heading, for the fields that were given one."""
        return {name: column for name, column in self.cleaned_data.items() if column}
