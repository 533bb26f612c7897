"""Names that a phrase, a title, a form or their own form announces, whatever word they are, in many languages."""

import pytest

from inference.redaction import RedactionSession

CALLED = [
    ("The guard, they call him Zolpik, wants money.", "Zolpik"),
    ("people call her Thunder and she sells cards", "Thunder"),
    ("he goes by the name Bakuro", "Bakuro"),
    ("le vigile, on l'appelle Tonnerre, prend 500 F", "Tonnerre"),
    ("un homme surnommé Zolpik", "Zolpik"),
    ("al de la puerta le dicen Trueno", "Trueno"),
    ("le dicen el Gato Zolpik", "Zolpik"),
    ("conocido como Relámpago", "Relámpago"),
    ("o guarda, conhecido por Trovão, cobra", "Trovão"),
    ("yo rele l Zolpik", "Zolpik"),
    ("lakabu yake Ngurumo, anataka pesa", "Ngurumo"),
    ("watu wanamwita Zolpik", "Zolpik"),
    ("mai gadi ana kiransa Tsawa", "Tsawa"),
    ("ninka waxaa loo yaqaan Onkod", "Onkod"),
    ("охранника все зовут Гром", "Гром"),
    ("кажуть на нього Грім, бере гроші", "Грім"),
    ("الحارس يلقبونه الرعد", "الرعد"),
    ("kapıdaki adama Zolpik derler", "Zolpik"),
    ("نگهبان را مردم رعد میگن", "رعد"),
    ("گیٹ والے کو سب گرج کہتے ہیں", "گرج"),
]
NAMED = [
    ("my name is zolpika and i wait", "zolpika"),
    ("Je m'appelle Zolpik.", "Zolpik"),
    ("mi nombre es zolpik trumba", "zolpik"),
    ("chamo-me Zolpik", "Zolpik"),
    ("naitwa zolpik niko hapa", "zolpik"),
    ("Sunana Zolpik.", "Zolpik"),
    ("magacaygu waa zolpik", "zolpik"),
    ("adım Zolpik", "Zolpik"),
    ("mwen rele zolpik", "zolpik"),
    ("меня зовут золпик", "золпик"),
    ("мене звати Золпик", "Золпик"),
    ("اسمي زولبيق ولم أستلم", "زولبيق"),
    ("میرا نام زولپیک ہے", "زولپیک"),
    ("मेरा नाम ज़ोलपिक है", "ज़ोलपिक"),
    ("আমার নাম জোলপিক", "জোলপিক"),
    ("मेरो नाम जोलपिक हो", "जोलपिक"),
]
TITLED = [
    ("we asked Mzee Zolpikwa and left", "Zolpikwa"),
    ("pregunte a doña Zolpika", "Zolpika"),
    ("у тёти Золпики нет дров", "Золпики"),
    ("біля хати баби Золпики", "Золпики"),
    ("Hajiya Zolpiku ta taimaka", "Zolpiku"),
    ("ڈاکٹر زولپیک نے دوا دی", "زولپیک"),
    ("از خاله زولپیک پرسان کنین", "زولپیک"),
    ("الحاج زولبيق شاهد", "زولبيق"),
    ("Zolpik teyze yemek yapıyor", "Zolpik"),
    ("tonton Zolpik pa ka mache", "Zolpik"),
    ("macallin Zolpik ayaa yimid", "Zolpik"),
]
FIELDS = [
    ("Name: Zolpik Trumba\nAge: 40", "Zolpik Trumba"),
    ("Name: TRUMBA, Zolpik Maru\nSex: F", "TRUMBA, Zolpik Maru"),
    ("Nom : Zolpik", "Zolpik"),
    ("Nombre y apellidos: Zolpik Trumba; DNI: 12", "Zolpik Trumba"),
    ("Nome completo: Zolpik João Trumba", "Zolpik João Trumba"),
    ("الاسم: زولبيق ترمبة\nالهاتف: ٠٩", "زولبيق ترمبة"),
    ("نام: زولپیک ترمبه\nنام پدر: مارو", "زولپیک ترمبه"),
    ("ФИО: Золпик Марина", "Золпик Марина"),
    ("ПІБ: Золпик Марина", "Золпик Марина"),
    ("Adı Soyadı: Zolpik Trumba", "Zolpik Trumba"),
    ("JINA: ZOLPIK TRUMBA", "ZOLPIK TRUMBA"),
    ("Suna: Zolpik", "Zolpik"),
    ("Magaca: Zolpik Trumba", "Zolpik Trumba"),
    ("Non: ZOLPIK\nSiyati: Trumba", "ZOLPIK"),
]
FORMS = [
    ("Signed R. K. Zolpikson", "R. K. Zolpikson"),
    ("behind the house of B.K., near the road", "B.K."),
    ("My name is Amina Z. and I wait.", "Amina Z"),
    ("My name is Amina Ould-Zolpik.", "Ould-Zolpik"),
    ("I am Amina binti Zolpik from here", "Amina binti Zolpik"),
    ("أنا فاطمة بنت زولبيق ولد سيدي من هنا", "فاطمة بنت زولبيق ولد سيدي"),
    ("انا ام احمد من المخيم", "ام احمد"),
    ("My surname is spelled Z O L P I K", "Z O L P I K"),
    ("my name is A-M-I-N-A", "A-M-I-N-A"),
]


@pytest.mark.parametrize(("text", "name"), [*CALLED, *NAMED, *TITLED, *FIELDS, *FORMS])
def test_an_announced_name_is_taken_out_whole(session: RedactionSession, text: str, name: str) -> None:
    redacted = session.redact(text)
    assert not any(part in redacted.split("\n")[0] for part in name.replace(",", "").split() if len(part) > 1), redacted


@pytest.mark.parametrize(
    "text",
    [
        "Doctor, the child is sick. Mama and baba are waiting for the nurse.",
        "They call him every day and nobody answers.",
        "My name is missing from the list and this is wrong.",
        "Mon nom est absent de la liste. Mi nombre no aparece.",
        "Jina langu halipo. Sunana baya nan. اسمي غير موجود في القائمة",
        "The name of the camp is on the list: it is wrong.",
        "Name: not given",
        "Ask the people at the gate and the teachers.",
        "docteur, l'enfant est malade, maman attend",
        "el doctor no vino y la señora espera",
        "o doutor não veio e a senhora espera",
        "daktari hayupo, mama anasubiri foleni",
        "daktari hakuna, mama anasubiri foleni",
        "likita bai zo ba, mama na jira",
        "doktè a pa vini, manman an ap tann",
        "доктор не пришёл, бабушка ждёт",
        "лікар не прийшов, бабуся чекає",
        "دكتور، الطفل مريض والشيخ غائب",
        "داکتر نیامد و خاله منتظر است",
        "ڈاکٹر نہیں آیا اور خالہ انتظار میں ہے",
        "doktor gelmedi, teyze bekliyor",
        "U.N. staff, at 10 a.m., P.O. and N.G.O. people",
        "1. water 2. food 3. shelter",
        "blocks A B C D got food",
    ],
)
def test_titles_and_phrases_without_a_name_take_nothing_out(session: RedactionSession, text: str) -> None:
    assert "PERSON" not in session.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "uncle died",
        "teacher shouted at us",
        "tonton ronfle dehors",
        "le docteur refuse de venir",
        "mi tío duerme afuera",
        "la enfermera gritó",
        "o doutor recusa",
        "a enfermeira gritou",
        "doktè refize vini",
        "manman kriye",
        "mwalimu alikataa",
        "babu hasikii",
        "mwenyekiti anadanganya",
        "hakimi yayi ƙarya",
        "malam ya ƙi",
        "hajiya tayi fushi",
        "oday baa been sheegay",
        "dhakhtarka wuu maqnaa",
        "doktor gelmedi",
        "muhtar reddetti",
        "dede uyuyamıyor",
        "müdür umursamıyor",
        "бабушка кашляет",
        "дядя уснул",
        "вчителька накричала",
        "лікар запізнюється",
        "المختار يكذب",
        "الحاج يسعل",
        "داکتر نمیاید",
        "بابه میلرزد",
        "خالہ روتی ہے",
        "ڈاکٹر ٹالتا ہے",
    ],
)
@pytest.mark.parametrize("form", ["{}", "{}, 3 days", "1. {}."])
def test_a_title_before_an_everyday_verb_takes_nothing_out(session: RedactionSession, text: str, form: str) -> None:
    for written in (form.format(text), form.format(text[0].upper() + text[1:])):
        assert "PERSON" not in session.redact(written)
