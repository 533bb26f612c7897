"""The fields of a record that a column can be mapped to, with the headings and HXL tags that name them.

Headings are in English, French, Spanish, Portuguese and Arabic, in the normal form of `heading_key`.
"""

import re
import unicodedata
from collections.abc import Mapping

from feedback.storing.record_input import FLAGS, MOMENTS, WORDS

NOT_IMPORTED = ""
"""Stands for a column that is left out."""
EXTRA_PREFIX = "extra."
METADATA_FIELDS = ("created", "coding_level_1", "coding_level_2", "coding_level_3")
FIELDS = (
    "content",
    "id",
    "source",
    *MOMENTS,
    "language",
    *WORDS,
    *FLAGS,
    "tags",
    *METADATA_FIELDS,
    "extra",
)
DATE_FIELDS = frozenset({*MOMENTS, "created"})
FLAG_FIELDS = frozenset(FLAGS)
REPEATABLE = frozenset({"content", "tags", "extra"})
"""Fields that several columns can be mapped to."""

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "content": (
        *("content", "text", "feedback", "feedback text", "feedback description", "feedback comment", "comment"),
        *("comments", "description", "message", "feedback message", "what did the person say", "verbatim", "details"),
        *("feedback details", "feedback content", "community feedback", "feedback received", "response"),
        *("statement", "quote", "remarks", "original feedback", "describe the feedback", "text en"),
        *("retour", "retours", "commentaire", "commentaires", "texte", "message recu", "description du retour"),
        *("contenu", "retour communautaire", "retour d information", "feedback recu", "texte du retour"),
        *("comentario", "comentarios", "texto", "mensaje", "descripcion", "contenido", "retroalimentacion"),
        *("descripcion de la retroalimentacion", "opinion", "sugerencia", "queja o sugerencia"),
        *("mensagem", "descricao", "conteudo", "comentario da comunidade", "feedback da comunidade"),
        *("النص", "نص", "التعليق", "تعليق", "ملاحظات", "الملاحظات", "الرساله", "المحتوى", "الوصف", "التغذيه الراجعه"),
        *("نص الملاحظه", "رايك", "الشكوى"),
    ),
    "id": (
        *("id", "uuid", "record id", "feedback id", "feedback form id", "case id", "reference"),
        *("ref", "number", "no", "nr", "n", "serial number", "entry id", "unique id", "feedback number"),
        *("identifiant", "numero", "reference du retour", "code unique", "n enregistrement"),
        *("identificador", "referencia", "codigo unico", "id del registro", "numero de registro"),
        *("الرقم", "رقم", "المعرف", "رقم السجل", "معرف", "الرقم التسلسلي"),
    ),
    "source": ("source", "data source", "system", "fuente", "fonte", "المصدر"),
    "collected_at": (
        *("collected at", "date", "date collected", "collection date", "date of feedback", "feedback date", "datetime"),
        *(
            "date received from community",
            "submission date",
            "timestamp",
            "day",
            "today",
            "start",
            "date of collection",
        ),
        *("date de collecte", "date du retour", "date du feedback", "jour", "date et heure"),
        *("fecha", "fecha de recoleccion", "fecha de recogida", "dia", "fecha y hora"),
        *("data", "data da coleta", "data de recolha", "data e hora"),
        *("التاريخ", "تاريخ", "تاريخ الجمع", "تاريخ الملاحظه", "اليوم"),
    ),
    "received_at": (
        *("received at", "date received", "received", "received on", "submission time", "created at", "created on"),
        *("date de reception", "recu le", "fecha de recepcion", "recibido", "data de recebimento", "recebido em"),
        *("تاريخ الاستلام",),
    ),
    "closed_at": (
        *("closed at", "date closed", "closed on", "closed", "closing date", "resolved at", "date resolved"),
        *(
            "date de cloture",
            "cloture le",
            "fecha de cierre",
            "cerrado el",
            "data de fechamento",
            "data de encerramento",
        ),
        *("تاريخ الاغلاق",),
    ),
    "language": (
        *("language", "lang", "language of feedback", "langue", "idioma", "lengua", "lingua", "اللغه", "لغه"),
        *("langue du retour", "idioma del comentario"),
    ),
    "channel": (
        *("channel", "feedback channel", "source channel", "mechanism", "collection method", "how was it collected"),
        *("channel of feedback", "canal", "canal de retour", "canal de comunicacion", "canal de collecte", "moyen"),
        *("medio", "via", "canal de recolha", "القناه", "قناه", "الوسيله"),
    ),
    "admin1": (
        *("admin1", "adm1", "admin 1", "region", "province", "state", "governorate", "county", "admin1 name"),
        *("gouvernorat", "etat", "provincia", "estado", "departamento", "departement", "regiao", "المحافظه", "المنطقه"),
        *("الولايه", "اقليم"),
    ),
    "admin2": (
        *("admin2", "adm2", "admin 2", "district", "municipality", "prefecture", "municipio", "distrito", "commune"),
        *("municipalite", "canton", "admin2 name", "concelho", "القضاء", "المديريه", "البلديه"),
    ),
    "admin3": (
        *("admin3", "adm3", "admin 3", "sub district", "subdistrict", "ward", "parish", "sous prefecture", "parroquia"),
        *("corregimiento", "freguesia", "payam", "llg", "admin3 name", "الناحيه"),
    ),
    "site": (
        *(
            "site",
            "location",
            "place",
            "village",
            "camp",
            "camp name",
            "settlement",
            "community",
            "town",
            "city",
            "town village",
        ),
        *(
            "site name",
            "lieu",
            "localite",
            "communaute",
            "camp ou site",
            "lugar",
            "localidad",
            "comunidad",
            "campamento",
        ),
        *(
            "sitio",
            "aldea",
            "local",
            "aldeia",
            "comunidade",
            "campo",
            "الموقع",
            "المكان",
            "القريه",
            "المخيم",
            "المجتمع",
        ),
    ),
    "sex": (
        *(
            "sex",
            "gender",
            "sex of person",
            "gender of respondent",
            "sex of respondent",
            "sexe",
            "genre",
            "sexo",
            "genero",
        ),
        *("الجنس", "النوع", "النوع الاجتماعي"),
    ),
    "age_band": (
        *("age band", "age group", "age range", "age", "age category", "age of respondent", "age of person"),
        *("tranche d age", "groupe d age", "categorie d age", "grupo de edad", "edad", "rango de edad", "grupo etario"),
        *("idade", "faixa etaria", "العمر", "الفئه العمريه", "السن"),
    ),
    "community_group": (
        *("community group", "group", "population group", "type of community member", "respondent type", "population"),
        *("groupe", "groupe communautaire", "groupe de population", "grupo", "grupo comunitario", "grupo de poblacion"),
        *("grupo populacional", "المجموعه", "الفئه", "فئه السكان"),
    ),
    "priority": (
        *("priority", "urgency", "urgent", "priorite", "urgence", "prioridad", "urgencia", "prioridade", "الاولويه"),
    ),
    "status": (
        *("status", "state of feedback", "feedback status", "follow up status", "statut", "statut du retour"),
        *("estado del caso", "situacao", "estatus", "الحاله", "حاله"),
    ),
    "consent": (
        *(
            "consent",
            "consent given",
            "informed consent",
            "consentement",
            "consentimiento",
            "consentimento",
            "الموافقه",
        ),
        *("do you agree", "acepta participar", "موافقه"),
    ),
    "is_sensitive": (
        *("is sensitive", "sensitive", "sensitive feedback", "sensible", "retour sensible", "es sensible", "sensivel"),
        *("حساس", "حساسه"),
    ),
    "tags": ("tags", "labels", "keywords", "etiquettes", "mots cles", "etiquetas", "palabras clave", "وسوم", "الوسوم"),
    "created": ("created", "metadata created"),
    "coding_level_1": (
        "coding level 1",
        "metadata coding level 1",
        "coding level1",
        "coding level1 name",
        "level 1",
        "type of feedback",
        "feedback type",
    ),
    "coding_level_2": ("coding level 2", "metadata coding level 2", "coding level2", "coding level2 name", "level 2"),
    "coding_level_3": ("coding level 3", "metadata coding level 3", "coding level3", "coding level3 name", "level 3"),
}
PERSONAL = re.compile(
    r"\b(name|names|first name|surname|phone|telephone|tel|mobile|email|e mail|address|gps|latitude|longitude|altitude"
    r"|signature|passport|national id|nom|prenom|courriel|adresse|nombre|apellido|apellidos|telefono|celular|correo"
    r"|direccion|nome|sobrenome|telefone|morada|endereco|username|deviceid|phonenumber|simserial|subscriberid"
    r"|geolocation|geopoint|created by|modified by|assigned|enumerator|interviewer|volunteer|officer|staff"
    r"|responsable|responsavel|enqueteur|encuestador|voluntario|volontaire|agent)\b|الاسم|اسم|هاتف|العنوان|البريد"
)
"""Headings of columns that name people, or where they are. They are left out unless somebody maps them."""
CONTINUED = re.compile(r"content \(\d+\)$")
"""Columns that go on with a text that is too long for a cell of a workbook."""
OWN_MARKS = frozenset({"record_id", "is_redacted"})
OWN_MOMENTS = frozenset({"created at", "updated at", "is escalated"})
OTHER_DATES = re.compile(r"\b(modified|updated|birth|due|next|expiry|naissance|nacimiento|nascimento|modifie)\b")
"""Headings of dates on which no feedback was given."""
OWN_COLUMNS = frozenset({"record id", "is redacted", "duplicate of", "codings", "updated at", "stored at"})
"""Columns of our own exports that tell about the stored record, and cannot be imported."""

HXL_TAGS: Mapping[str, str] = {
    "#description": "content",
    "#meta+feedback": "content",
    "#meta+id": "id",
    "#id": "id",
    "#meta+source": "source",
    "#meta+source+name": "source",
    "#date": "collected_at",
    "#date+collected": "collected_at",
    "#date+occurred": "collected_at",
    "#date+reported": "received_at",
    "#date+received": "received_at",
    "#date+closed": "closed_at",
    "#date+end": "closed_at",
    "#date+created": "created",
    "#meta+lang": "language",
    "#meta+language": "language",
    "#channel": "channel",
    "#meta+channel": "channel",
    "#adm1": "admin1",
    "#adm2": "admin2",
    "#adm3": "admin3",
    "#loc": "site",
    "#population+sex": "sex",
    "#population+age": "age_band",
    "#population+group": "community_group",
    "#group": "community_group",
    "#severity": "priority",
    "#priority": "priority",
    "#status": "status",
    "#meta+consent": "consent",
    "#meta+sensitive": "is_sensitive",
    "#meta+tags": "tags",
    "#cause+type": "coding_level_1",
    "#cause+category": "coding_level_2",
    "#cause+code": "coding_level_3",
}
EXPORTED_TAGS: Mapping[str, str] = {
    "id": "#meta+id",
    "source": "#meta+source",
    "content": "#description",
    "language": "#meta+lang",
    "collected_at": "#date+collected",
    "received_at": "#date+received",
    "closed_at": "#date+closed",
    "channel": "#meta+channel",
    "admin1": "#adm1",
    "admin2": "#adm2",
    "admin3": "#adm3",
    "site": "#loc",
    "sex": "#population+sex",
    "age_band": "#population+age",
    "community_group": "#population+group",
    "priority": "#priority",
    "status": "#status",
    "consent": "#meta+consent",
    "is_sensitive": "#meta+sensitive",
    "tags": "#meta+tags",
    "created": "#date+created",
    "coding_level_1": "#cause+type",
    "coding_level_2": "#cause+category",
    "coding_level_3": "#cause+code",
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^\w]+|_")
_ARABIC = str.maketrans("أإآىة", "اااىه")


def heading_key(heading: str) -> str:
    """Return the form in which headings are compared: lower case, without accents, Arabic marks and punctuation."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", heading)).casefold()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(_NOT_WORD.sub(" ", plain.translate(_ARABIC)).split())


FIELD_BY_HEADING: Mapping[str, str] = {
    heading_key(heading): field for field, headings in HEADINGS.items() for heading in headings
}


def field_of_tag(tag: str) -> str | None:
    """Return the field of an HXL tag: the one that has the tag and the most of its attributes."""
    base, *attributes = tag.strip().lower().replace(" ", "").split("+")
    best: tuple[int, str] | None = None
    for known, field in HXL_TAGS.items():
        known_base, *wanted = known.split("+")
        if known_base == base and set(wanted) <= set(attributes) and (best is None or len(wanted) > best[0]):
            best = (len(wanted), field)
    return best[1] if best else None
