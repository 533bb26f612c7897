"""Numbers and addresses that were said aloud and written down as words, in the languages that feedback comes in."""

import re
import time

import pytest

from inference.redaction import RedactionSession

NUMBERS = [
    "oh seven eleven, eight nine three, double oh four",
    "zero seven two two four one nine nine six three",
    "plus two five four, seven one one, twenty-two, thirty-three, oh six",
    "zéro sept douze trente-trois quatre-vingt-un cinquante",
    "zéro un, quarante-cinq, soixante-dix-huit, vingt et un, neuf",
    "soixante-seize, zéro deux, quatre-vingt-treize, onze",
    "tres cero uno, cuatrocientos doce, cincuenta y seis, cero nueve",
    "seis doce treinta y cuatro cincuenta y seis setenta y ocho",
    "nove oito quatro, vinte e dois, trinta e um, sete zero",
    "oitenta e quatro, quinhentos e doze, sessenta, trinta e um",
    "восемьсот двенадцать, четыреста пять, шестьдесят один, ноль три",
    "плюс семь девятьсот три сто двадцать сорок пять девяносто",
    "нуль шістдесят сім, чотириста вісімнадцять, двадцять два, дев'яносто п'ять",
    "нуль п'ятдесят, двісті, тридцять три, сорок чотири",
    "sıfır beş yüz otuz iki, dört yüz on sekiz, yetmiş yedi, sıfır dokuz",
    "beşyüz otuziki dörtyüz onsekiz yetmişyedi",
    "صفر هفتصد و نود و نه، چهارصد و دوازده، سیصد و هشتاد و شش",
    "صفر نه سه، دویست، سی و چهار، پنجاه و شش",
    "صفر سبعة تسعة، واحد وعشرون، ثلاثة وأربعون، خمسة وستون",
    "تسعة سبعة سبعة ثلاثة اثنين صفر واحد",
    "صفر تین سو ایک، چھیاسٹھ، بیالیس، ایک سو اٹھارہ",
    "صفر تین صفر ایک سات سات چار دو",
    "zero teen zero ek chaar paanch chhe saat",
    "sifar teen sau ek, satrah, do do, nau aath",
    "sifuri saba tano nne, nane nane mbili, moja tatu sifuri",
    "sufuri saba ishirini na tano, thelathini na moja, arobaini",
    "sifili takwas sifili uku, huɗu da bakwai, ashirin da biyu, tara",
    "sifili tara sifili, goma sha biyu, talatin da biyar, sittin",
    "eber lix toban iyo shan, afartan iyo afar, siddeetan, labo",
    "zewo twa, trannde, karannsenk, swasantuit",
    "katreven twa, senkannkat, dis, ventsenk",
    "শূন্য এক সাত এক এক আট নয় তিন",
    "शून्य नौ आठ सात छह पाँच चार तीन",
    "nul zes twaalf vierendertig zes acht negen drie twee",
    "zero saba moja double two three nne tano",
]
FIGURES_WITH_WORDS = [
    "0711 then 893 then 004",
    "0711 puis 893 puis 004",
    "0711 luego 893 luego 004",
    "0711 depois 893 depois 004",
    "0711 kisha 893 kisha 004",
    "0711 sannan 893 sannan 004",
    "0711 sonra 893 sonra 004",
    "0711 apre 893 apre 004",
    "0711 потом 893 потом 004",
    "0711 далі 893 далі 004",
    "0711 ثم 893 ثم 004",
    "0711 بعد 893 بعد 004",
    "0711 dash 893 dash 004",
    "0711 and then 893 and then 004",
    "07 eleven 893 double oh four",
]
AMOUNTS = [
    "two hundred and fifty families, three thousand people and twenty-five houses",
    "first one, then two, then three of us went, and by nine ten more",
    "on a reçu vingt-cinq mille francs, deux sacs et trois bâches pour onze",
    "hace quince días, éramos veintidós familias y dos mil quinientos pesos",
    "dois mil e quinhentos meticais para seis pessoas, há vinte e três dias",
    "две тысячи пятьсот рублей, нас пятеро, три комнаты, двадцать пять дней",
    "дві тисячі гривень, п'ять дітей, двадцять два дні",
    "on bin lira denildi, üç bin yattı, beş kişiyiz ve iki oda var",
    "پنج هزار افغانی، سه اتاق و بیست و پنج روز",
    "خمسين ألف ليرة، ستة أولاد وثلاثة وعشرون يوما",
    "پچیس ہزار روپے، بارہ بچے اور تین کمرے",
    "elfu mbili na mia tano, watoto watano, siku ishirini na mbili",
    "dubu biyu da ɗari biyar, yara shida, kwana ashirin da biyu",
    "laba kun iyo shan boqol, lix carruur ah, labaatan maalmood",
    "de mil senksan goud, sis timoun, venn jou",
    "we had 200 then 300 then 450 people, then 12 then 15",
    "in nineteen ninety-nine and two thousand five",
]
ADDRESSES = [
    "hodan dot warsame nine at gmail dot com",
    "h underscore warsame at red cross dot org",
    "fatou point diop arobase exemple point sn",
    "fatou tiret diop vingt arobase croix rouge point org",
    "luz marina arroba correo punto com punto co",
    "luz punto quispe arroba hotmail punto com",
    "zeca ponto langa arroba exemplo ponto mz",
    "ivan tochka petrov собака пример точка ру",
    "иван точка петров собака яндекс точка ру",
    "ivan крапка koval равлик приклад крапка юа",
    "ayşe nokta kaya at örnek nokta com",
    "guerline pwen desi awobas egzanp pwen ht",
    "hodan nukta warsame at gmail nukta com",
    "asha nukta juma kwa gmail nukta com",
    "amina نقطة d آت gmail نقطة com",
    "joseph dot okello@example.org",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_in_words_is_taken_out_whole(session: RedactionSession, number: str) -> None:
    assert re.fullmatch(r"Xx: (?:plus |плюс )?<PHONE_NUMBER_1>\. Xx", session.redact(f"Xx: {number}. Xx"))


@pytest.mark.parametrize("number", FIGURES_WITH_WORDS)
def test_figures_with_words_between_them_are_one_number(session: RedactionSession, number: str) -> None:
    redacted = session.redact(f"Xx: {number}. Xx")
    assert not any(group in redacted for group in ("0711", "893", "004", "eleven", "four"))


@pytest.mark.parametrize("text", AMOUNTS)
def test_amounts_and_counts_in_words_stay(session: RedactionSession, text: str) -> None:
    assert "PHONE_NUMBER" not in session.redact(text)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_words_is_taken_out_with_the_name_in_front(session: RedactionSession, address: str) -> None:
    redacted = session.redact(f"(e-mail: {address}, xx)")
    assert redacted == "(e-mail: <EMAIL_ADDRESS_1>, xx)"


@pytest.mark.parametrize(
    "text",
    [
        "At that point in time we waited at the clinic, at this point it is closed.",
        "We meet at school. Dot com shops are closed.",
        "La arroba de azúcar cuesta más y el punto de agua está seco.",
        "Собака укусила ребёнка, и точка раздачи закрылась.",
        "Le point d'eau est loin, à ce point on marche.",
        "She works at yahoo now.",
    ],
)
def test_words_of_an_address_in_everyday_sentences_stay(session: RedactionSession, text: str) -> None:
    assert "EMAIL_ADDRESS" not in session.redact(text)


@pytest.mark.parametrize(
    "text", ["one then " * 11_000, "at dot com " * 9_000, "vingt et un mille " * 5_000, "a at b dot " * 9_000]
)
def test_endless_number_words_take_no_longer_than_other_texts(session: RedactionSession, text: str) -> None:
    started = time.process_time()
    session.redact(text)
    assert time.process_time() - started < 1.5
