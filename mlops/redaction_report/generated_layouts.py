"""Structured values as exports and hurried people write them: in lists without spaces, CSV lines, forms, in JSON."""

import json
import random
from collections.abc import Callable

from mlops.redaction_report.generated_sets import SEED, value_makers
from mlops.redaction_report.scores import LabelledText, Value

_JOINTS = (",", ";", "/", "|", "\n", "\t", ", ", " / ", "،")
_LABELS = {
    "en": ("Name", "Phone", "Case number", "Card", "E-mail", "Household size"),
    "fr": ("Nom", "Téléphone", "Numéro de dossier", "Carte", "Courriel", "Taille du ménage"),
    "es": ("Nombre", "Teléfono", "Número de caso", "Tarjeta", "Correo", "Personas en el hogar"),
    "pt": ("Nome", "Telefone", "Número do processo", "Cartão", "E-mail", "Pessoas no agregado"),
    "sw": ("Jina", "Simu", "Namba ya kesi", "Kadi", "Barua pepe", "Watu katika kaya"),
    "ar": ("الاسم", "الهاتف", "رقم الملف", "البطاقة", "البريد", "عدد الأفراد"),
    "uk": ("Ім'я", "Телефон", "Номер справи", "Картка", "Пошта", "Осіб у родині"),
    "tr": ("Ad", "Telefon", "Dosya numarası", "Kart", "E-posta", "Hane halkı"),
}
_COUNTED = {
    "en": "children waiting",
    "fr": "enfants attendent",
    "es": "niños esperan",
    "pt": "crianças esperam",
    "sw": "watoto wanasubiri",
    "ha": "yara suna jira",
    "so": "carruur ah",
    "tr": "çocuk bekliyor",
    "ht": "timoun ap tann",
    "uk": "дітей чекають",
    "ru": "детей ждут",
    "ar": "طفل ينتظرون",
    "fa": "نفر منتظرند",
    "ur": "بچے انتظار میں",
}
_CLOSE_BY = ("dollars", "USD", "%", "kg", "€", "shillings", "francs")


class _Text:
    """A text under construction that knows where its values are."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._text = ""
        self._values: list[Value] = []

    def write(self, text: str) -> "_Text":
        self._text += text
        return self

    def value(self, value: str, kind: str) -> "_Text":
        self._values.append(Value(len(self._text), len(self._text) + len(value), kind))
        return self.write(value)

    def done(self) -> LabelledText:
        return LabelledText(self._language, self._text, tuple(self._values))


class Layouts:
    """Makes texts of all layouts; kind is the layout's name and the value's."""

    def __init__(self, seed: int = SEED) -> None:
        self._chooser = random.Random(seed)
        self._values = value_makers(self._chooser)

    def texts(self, count: int = 120) -> list[LabelledText]:
        """Make this many texts of every layout, languages in turn."""
        layouts: tuple[Callable[[str], LabelledText], ...] = (
            self._list,
            self._csv,
            self._form,
            self._json,
            self._pairs,
            self._before_a_count,
            self._beside_an_amount,
        )
        languages = list(_COUNTED)
        return [layout(languages[number % len(languages)]) for layout in layouts for number in range(count)]

    def _list(self, language: str) -> LabelledText:
        kind, joint = self._chooser.choice(("PHONE", "CARD", "CASE_NUMBER", "EMAIL")), self._chooser.choice(_JOINTS)
        text = _Text(language)
        for number in range(self._chooser.randint(2, 4)):
            text.write(joint if number else "").value(self._values[kind](), f"list: {kind}")
        return text.done()

    def _csv(self, language: str) -> LabelledText:
        joint = self._chooser.choice(",;\t|")
        text = _Text(language).write(f"{self._chooser.randint(1, 90)}{joint}2026-03-0{self._chooser.randint(1, 9)}")
        for kind in self._chooser.sample(("PHONE", "PHONE", "CASE_NUMBER", "EMAIL", "CARD"), 4):
            text.write(joint).value(self._values[kind](), f"csv: {kind}")
        return text.write(f"{joint}{self._chooser.randint(1, 12)}{joint}F").done()

    def _form(self, language: str) -> LabelledText:
        _, phone, case, card, email, size = _LABELS.get(language, _LABELS["en"])
        joint, colon = self._chooser.choice(("\n", "; ", ";", " | ")), self._chooser.choice((": ", ":", " - ", "="))
        text = _Text(language)
        for label, kind in ((phone, "PHONE"), (case, "CASE_NUMBER"), (card, "CARD"), (email, "EMAIL")):
            text.write(f"{label}{colon}").value(self._values[kind](), f"form: {kind}").write(joint)
        return text.write(f"{size}{colon}{self._chooser.randint(1, 12)}").done()

    def _json(self, language: str) -> LabelledText:
        text = _Text(language).write('{"id": 7')
        for name, kind in (("phone", "PHONE"), ("case", "CASE_NUMBER"), ("mail", "EMAIL")):
            text.write(f', {json.dumps(name)}: "').value(self._values[kind](), f"json: {kind}").write('"')
        return text.write(', "members": 5}').done()

    def _pairs(self, language: str) -> LabelledText:
        text = _Text(language)
        for name, kind in (("tel=", "PHONE"), ("&ref=", "CASE_NUMBER"), ("&card=", "CARD")):
            text.write(name).value(self._values[kind](), f"pairs: {kind}")
        return text.write("&n=5").done()

    def _before_a_count(self, language: str) -> LabelledText:
        return _Text(language).value(self._number(), "before a counted word").write(f" {_COUNTED[language]}.").done()

    def _beside_an_amount(self, language: str) -> LabelledText:
        word = self._chooser.choice(_CLOSE_BY)
        return _Text(language).write("card ").value(self._number(), "before money or a unit").write(f" {word}").done()

    def _number(self) -> str:
        """Ten to sixteen digits without a leading zero, now and then with a hyphen."""
        digits = str(self._chooser.randint(10**9, 10**16))
        return digits if self._chooser.random() < 0.7 else f"{digits[:3]}-{digits[3:]}"
