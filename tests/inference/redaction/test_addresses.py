"""Addresses of parts in many languages, coordinates as people write them, plates, dates of birth in words."""

import pytest

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor

ADDRESSES = [
    "Tent 88, Sector F4",
    "Shelter 12 in Block C3",
    "house no. 31, lane 4",
    "apartment 5, 3rd floor, building 12",
    "Rua da Igreja, casa 17",
    "Rua do Hospital, casa n.º 9",
    "tenda 14, bloco B",
    "rue de la Mission, maison 23",
    "tente 45 bloc 9",
    "immeuble 7, 2ème étage, porte 14",
    "casa 15, manzana K",
    "Jr. Las Flores 214",
    "carpa 9, sector 3",
    "nyumba namba 77",
    "nyumba namba 12, mtaa wa Sokoni",
    "hema namba 5, bloki C",
    "gida mai lamba 14",
    "gida mai lamba 9, Layin Kasuwa",
    "guriga lambar 22, xaafadda Wadajir",
    "buul 17, xerada Salaama, block 5",
    "kay nimewo 33, ri Sentoma",
    "#27, Ri Lavalas",
    "No:12/5",
    "Barbaros Mahallesi 1071. Sokak No: 4/2",
    "çadır no 55, blok D",
    "ул. Мира, дом 8, квартира 15",
    "палатка № 17, сектор Б",
    "вул. Лесі Українки, буд. 3",
    "намет № 9, блок А",
    "شارع النصر، بناية 7، الطابق الثاني، شقة 9",
    "الخيمة رقم 31، البلوك د",
    "خيمة ٤٥ قطاع ٣",
    "کوچه سوم، خانه نمبر ۴۴",
    "خیمه شماره ۱۲، بلاک ب",
    "مکان نمبر ۱۸، گلی نمبر ۳",
    "خیمہ نمبر ۲۲، بلاک بی",
]
COORDINATES = [
    "33.5138، 36.2765",
    "34,5553 / 69,2075",
    "-1,28333; 36,81667",
    "34,5553 69,2075",
    "N 2 deg 46.318, E 34 deg 17.902",
    "3 degrees 7.15 N, 35 degrees 36.3 E",
    "lat 2.7719 long 34.2983",
    "N 4.85165 E 31.58247",
    "٣٣٫٥١٣٨، ٣٦٫٢٧٦٥",
]
PLATES = [
    "the truck T 482 DKL left",
    "машина К 417 МР 56 уехала",
    "авто АА 1234 ВК поїхало",
    "السيارة رقم اللوحة 4417 حلب",
    "موتر پلاک ۳۶ - ۴۸۲ ج ۱۷ بود",
    "lorry UAX 123B took it",
]
BIRTHS = [
    ("born on the fifth of March nineteen eighty-seven", "eighty"),
    ("née le douze juin mille neuf cent soixante-dix", "soixante"),
    ("nacida el tres de abril de 1990", "abril"),
    ("nasceu: nascida a 8 de Março de 1983", "1983"),
    ("родилась пятого марта 1987 года", "марта"),
    ("народилася двадцятого липня 1974", "липня"),
    ("متولد پنجم حمل ۱۳۶۵", "حمل"),
    ("مواليد ١٢ آذار ١٩٨٥", "آذار"),
    ("F. nac.: 22-11-1979", "1979"),
    ("Taariikhda dhalashada: 12/09/1981", "1981"),
    ("Dat nesans: 6 fevriye 1988", "fevriye"),
    ("alizaliwa, kuzaliwa tarehe tano mwezi Machi 1990", "1990"),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_parts_is_taken_out_whole(session: RedactionSession, address: str) -> None:
    redacted = session.redact(f"xx, {address}; xx")
    left = redacted.replace("xx", "").replace("_1>", "").replace("_2>", "")
    assert not any(char.isdecimal() for char in left), redacted
    assert session.counts.get("ADDRESS"), redacted


@pytest.mark.parametrize(
    "text",
    [
        "The toilets in block 12 have not been cleaned.",
        "Tent 45 leaks and house 12 burned.",
        "Camp 15, block C and zone 4 got water.",
        "Notre maison abrite 12 personnes, la rue est coupée depuis 3 jours.",
        "Nuestra calle está cortada, 41 personas esperan.",
        "Kaya 640 hapa kambini hazina maji.",
        "gida 300 babu ruwa",
        "Дом сгорел, 5 человек ждут, 3 комнаты.",
        "خيمة واحدة لعائلتين وقطاع بلا ماء",
        "The road is cut at km 745 and estrada N1 is closed.",
        "We are in sector 4, 6 kids.",
    ],
)
def test_single_parts_and_counts_stay(session: RedactionSession, text: str) -> None:
    assert "ADDRESS" not in session.redact(text)


@pytest.mark.parametrize("place", COORDINATES)
def test_coordinates_are_found_as_people_write_them(session: RedactionSession, place: str) -> None:
    redacted = session.redact(f"the well is at {place}.").replace("_1>", "").replace("_2>", "")
    assert not any(char.isdecimal() for char in redacted), redacted


@pytest.mark.parametrize("text", PLATES)
def test_plates_of_many_countries_are_found(session: RedactionSession, text: str) -> None:
    redacted = session.redact(text).replace("_1>", "").replace("_2>", "")
    assert not any(char.isdecimal() for char in redacted), redacted


@pytest.mark.parametrize(("text", "hidden"), BIRTHS)
def test_dates_of_birth_in_words_are_redacted_on_request(text: str, hidden: str) -> None:
    asked = get_redactor().open_session(RedactionPolicy(extra_entities=frozenset({"DATE_OF_BIRTH"})))
    assert hidden not in asked.redact(text)
