"""Define the forms of the framework pages. Lists have one item per line."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coding.frameworks.code_fields import COLOUR, Kind
from coding.frameworks.editing import EDITABLE
from coding.frameworks.tree import EDITABLE_FIELDS
from coding.models import Code, CodingFramework, FrameworkVersion
from tenants.storable import is_storable, storable

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

LINES = {"rows": 3, "dir": "auto"}
MAX_LANGUAGES, MAX_LANGUAGE_LENGTH = 100, 35


def typed_line(text: str) -> str:
    """Return a typed text as one line with single spaces, without characters that cannot be stored."""
    return " ".join(storable(text).split())


def _lines_of(text: str) -> list[str]:
    if not is_storable(text):
        raise forms.ValidationError(gettext("Null characters are not allowed."))
    return [line.strip() for line in text.splitlines() if line.strip()]


class LinesField(forms.CharField):
    """A list of strings, one per line. Empty lines are left out."""

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.Textarea(attrs=LINES)} | kwargs)  # the model field passes its JSON coders

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(" ".join(text.split("\n")) for text in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return _lines_of(super().to_python(value) or "")


class LabelsField(forms.CharField):
    """Texts by language, one per line: `fr: Eau`."""

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.Textarea(attrs=LINES)} | kwargs)  # the model field passes its JSON coders

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{language}: {' '.join(text.split())}" for language, text in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        pairs = [line.partition(":") for line in _lines_of(super().to_python(value) or "")]
        if any(not separator or not language.strip() or not text.strip() for language, separator, text in pairs):
            raise forms.ValidationError(_("Write one language per line, for example fr: Eau"))
        return {language.strip(): text.strip() for language, _separator, text in pairs}


class ColourField(forms.CharField):
    """A colour as six hexadecimal digits."""

    default_validators = [RegexValidator(COLOUR, _("Write a colour like #1a2b3c."))]


FIELD_CLASSES = {Kind.TEXTS: LinesField, Kind.TEXTS_BY_LANGUAGE: LabelsField, Kind.COLOUR: ColourField}
WIDGETS = {
    Kind.LINE: forms.TextInput(attrs={"dir": "auto"}),
    Kind.TEXT: forms.Textarea(attrs=LINES),
    Kind.COLOUR: forms.TextInput(attrs={"dir": "ltr", "size": 9}),
}


class FormForSeveral(ModelForm):
    """A form that several people may have open at the same time.

    The page contains the values of the fields when it was opened (`show_hidden_initial`). Only fields that the person
    changed are saved, and a field that another person has changed since is not overwritten silently.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True
        if self.is_bound:
            self.data: dict[str, Any] = self.data.copy()
            for name in self.fields:
                # A client that has not loaded the page has seen the stored values.
                if self[name].html_initial_name not in self.data:
                    self._see(name)

    def clean(self) -> dict[str, Any]:
        """Refuse fields that another person has changed, and end lines with a line feed."""
        cleaned = super().clean() or self.cleaned_data
        cleaned = {name: _with_single_ends(value) for name, value in cleaned.items()}
        changed_by_both = [name for name in self.changed_data if name in cleaned and self._is_overtaken(name, cleaned)]
        if changed_by_both:
            self._show_what_is_stored(except_for=set(self.changed_data))
        for name in changed_by_both:
            stored = self[name].field.prepare_value(self.initial.get(name))
            self._see(name)
            self.add_error(name, _overtaken(stored))
        return {name: value for name, value in cleaned.items() if name not in changed_by_both}

    def _is_overtaken(self, name: str, cleaned: dict[str, Any]) -> bool:
        """Tell whether the stored value is neither the one that the person saw nor the one that they want."""
        field = self.fields[name]
        seen = _with_single_ends(field.to_python(self.data.get(self[name].html_initial_name)))
        stored = _with_single_ends(field.to_python(field.prepare_value(self.initial.get(name))))
        return stored not in (seen, cleaned[name])

    def _show_what_is_stored(self, *, except_for: set[str]) -> None:
        for name in self.fields.keys() - except_for:
            stored = self.fields[name].prepare_value(self.initial.get(name))
            self._see(name)
            if isinstance(self.fields[name], forms.BooleanField) and not stored:
                self.data.pop(name, None)
            else:
                self.data[name] = stored

    def _see(self, name: str) -> None:
        """Mark the stored value as seen by the person."""
        self.data[self[name].html_initial_name] = self.fields[name].prepare_value(self.initial.get(name))


class FrameworkForm(FormForSeveral):
    """Name, description and languages of a framework."""

    class Meta:
        model = CodingFramework
        fields = ["name", "description", "languages"]

    def clean_languages(self) -> list[str]:
        languages: Any = self.cleaned_data["languages"]
        if (
            not isinstance(languages, list)
            or len(languages) > MAX_LANGUAGES
            or not all(_is_language(language) for language in languages)
        ):
            raise forms.ValidationError(_('Write a list of languages, for example ["en", "fr"].'))
        return languages


class VersionForm(FormForSeveral):
    """Notes of a version."""

    class Meta:
        model = FrameworkVersion
        fields = ["notes"]


class CodeForm(FormForSeveral):
    """The fields of a code; its place is changed in the tree."""

    class Meta:
        model = Code
        fields = EDITABLE
        field_classes = {
            code_field.column: FIELD_CLASSES[code_field.kind]
            for code_field in EDITABLE_FIELDS
            if code_field.kind in FIELD_CLASSES
        }
        widgets = {
            code_field.column: WIDGETS[code_field.kind] for code_field in EDITABLE_FIELDS if code_field.kind in WIDGETS
        }


def _is_language(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_LANGUAGE_LENGTH and value.isprintable()


def _with_single_ends(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _overtaken(stored: Any) -> str:
    """Return the message about a field that another person has changed, with their text."""
    return gettext(
        "Another person changed this field while you were editing it. It is now: “%(stored)s”. The field still has "
        "your text. Save again to replace theirs, or copy theirs into the field first."
    ) % {"stored": stored if stored not in ("", None) else gettext("(empty)")}


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
        help_text=_("If empty, the name in the file is used. If a framework has this name, it gets a new draft."),
    )
