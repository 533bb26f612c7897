"""Forms of the framework pages: lists are written one a line."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coding.models import Code
from coding.services import COLOUR

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Code]
else:
    ModelForm = forms.ModelForm

LINES = {"rows": 3}


class LinesField(forms.CharField):
    """A list of strings, one a line; empty lines are left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs=LINES), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(" ".join(each.split("\n")) for each in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


class LabelsField(forms.CharField):
    """Texts by language, one a line: `fr: Eau`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs=LINES), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{language}: {' '.join(text.split())}" for language, text in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        lines = [line for line in (super().to_python(value) or "").splitlines() if line.strip()]
        pairs = [line.partition(":") for line in lines]
        if any(not separator or not language.strip() or not text.strip() for language, separator, text in pairs):
            raise forms.ValidationError(_("Write one language a line, for example fr: Eau"))
        return {language.strip(): text.strip() for language, _separator, text in pairs}


class CodeForm(ModelForm):
    """What a code says; where it stands is changed in the tree."""

    examples = LinesField(label=_("Examples"), help_text=_("Feedback that belongs here, one a line."))
    counter_examples = LinesField(label=_("Counter-examples"), help_text=_("Feedback that does not, one a line."))
    aliases = LinesField(label=_("Other words for it"), help_text=_("In any language, one a line."))
    labels = LabelsField(label=_("Names in other languages"), help_text=_("One a line, for example fr: Eau"))

    class Meta:
        model = Code
        fields = [
            "name",
            "external_id",
            "definition",
            "include",
            "exclude",
            "examples",
            "counter_examples",
            "aliases",
            "labels",
            "is_sensitive",
            "colour",
            "owner",
        ]
        widgets = {
            "definition": forms.Textarea(attrs=LINES),
            "include": forms.Textarea(attrs={"rows": 2}),
            "exclude": forms.Textarea(attrs={"rows": 2}),
        }

    def clean(self) -> dict[str, Any]:
        """Browsers send lines that end in two characters; one is kept."""
        cleaned = super().clean() or self.cleaned_data
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in cleaned.items()
        }

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"]
        if colour and not COLOUR.match(colour):
            raise forms.ValidationError(_("Write a colour like #1a2b3c."))
        return colour


class NameForm(forms.Form):
    """The name of a framework."""

    name = forms.CharField(label=_("Name"), max_length=255)


class ImportForm(forms.Form):
    """A file with a framework."""

    file = forms.FileField(label=_("File"), help_text=_("JSON, CSV, XLSX or QDC, at most 5 MB."))
    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        required=False,
        help_text=_("Left empty, the file's own. A framework that has this name gets a new draft."),
    )
