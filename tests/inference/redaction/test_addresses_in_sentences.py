"""Addresses and plates inside sentences, in 14 languages; double brackets mark the value that must be taken out."""

import pytest

from inference.redaction import RedactionSession

ADDRESSES = [
    "We live at [[House 7, Row C, Block 3]] in Kakuma.",
    "my place is [[hut 22, zone B, section 4]] near the borehole",
    "Address: [[Compound 5, Yola Street, off Bama Road]]",
    "find me at [[14B Market Street, flat 3]]",
    "opposite the clinic, [[3rd house on Church Road]]",
    "on est au [[avenue Mobutu n° 45, quartier Katindo]]",
    "adresse : [[parcelle 118, avenue des Martyrs]]",
    "[[porte 6, cour 14, rue 22]] à Dakar",
    "venez au [[n° 27 de la rue du Marché]]",
    "vivo en [[Calle 45 # 23-10]], barrio La Victoria",
    "estamos en la [[Mz. B Lote 12]], asentamiento Nueva Vida",
    "[[manzana 14, casa 3, sector El Milagro]]",
    "el albergue, [[módulo 4, cuarto 17]]",
    "[[transversal 9 con calle 3, casa 2-41]]",
    "[[Rua 12, casa 5, quarteirão 8]] do bairro Munhava",
    "minha casa fica na [[Travessa da Paz 19]]",
    "[[Bloco C, apartamento 402]], Boa Vista",
    "ساكن في [[حي الزهور شارع 20 بيت رقم 5]]",
    "خيمتنا [[رقم 112 قطاع ب]]",
    "بيتي [[بناية النور طابق 2 شقة 8]]",
    "[[حارة المسجد، منزل 44]] بالقرب من السوق",
    "آدرس: [[کوچه ۵، پلاک ۱۲، واحد ۳]]",
    "در [[خیمه ۴۴ بلاک ۲]] هستیم",
    "[[ناحیه سوم، کوچه حمام، خانه نمبر ۲۱]]",
    "[[بلوار شهدا، کوچه ۱۴، منزل ۶]]",
    "адрес [[улица Гагарина 12-34]]",
    "[[пер. Садовый, дом 3]], спросите там",
    "[[проспект Мира 101, подъезд 2, этаж 5]]",
    "мешкаю [[вул. Шевченка, 12, кв. 5]]",
    "ми в [[кімнаті 21, поверх 4]]",
    "живу на [[проспекті Незалежності 55, кв 18]]",
    "[[Yeni Mahalle 12. Sokak No 8 Kat 2]]",
    "[[konteyner 114, 3. bölge]]",
    "[[Cumhuriyet Bulvarı 23, kapı 5]]",
    "[[Şehit Ali Caddesi, Bina 6, Daire 2]]",
    "hema langu ni [[namba 88, bloku F]]",
    "[[barabara ya Kenyatta, plot 45]]",
    "[[kitalu C, kiwanja namba 112]]",
    "ina zaune a [[gida na 12, layin Sarki]]",
    "tantinmu [[tanti na 23, shiyya ta B]]",
    "muna [[ɗaki na 4, bulok 2]]",
    "waxaan degganahay [[xaafadda Hodan, guriga 45]]",
    "[[waddada Maka, guri lambar 7]]",
    "[[buulka 31, qaybta B]]",
    "kay la se [[#8, Ruelle Jérémie]]",
    "adrès: [[Delma 33, ri Charbonnière, kay 5]]",
    "[[lari Pavé 23]] anba a",
    "ہمارا گھر [[گلی نمبر ۵ مکان نمبر ۱۲]] ہے",
    "[[خیمہ ۳۴ قطار ۲]] میں رہتے ہیں",
    "[[فلیٹ نمبر ۶، دوسری منزل، کریم پلازہ]]",
    "[[پلاٹ نمبر ۱۱۲، مین روڈ]]",
    "my house is [[no. 18 on Hospital Road]] next to the mill",
    "send it to [[Flat 2B, 77 Nkrumah Avenue]]",
    "I stay along [[5th Street, gate 24]]",
    "nous habitons au [[45 rue Kasa-Vubu, commune de Ngaliema]]",
    "[[Immeuble Salam, 4ème étage, appt 16]]",
    "elle vit [[rue 14 porte 33]]",
    "[[ménage 14, village 3, îlot C]]",
    "[[Av. Bolívar con Calle 5, edificio Aurora, piso 3, apto 12]]",
    "la [[carpa número 33 del pasillo B]]",
    "moro no [[quarteirão 12, casa 88]]",
    "[[Rua do Sol 5, r/c esquerdo]]",
    "[[Av. Eduardo Mondlane 2310, 6º andar, flat 12]]",
    "نسكن [[خيمة رقم 8 صف 3]]",
    "الكرفانة [[رقم 55 شارع 9 قطاع 2]]",
    "نشانی: [[شهرک مهاجرین، بلاک ۴، اپارتمان ۱۲]]",
    "[[خیابان کاشانی، پلاک ۸۸، طبقه ۳]]",
    "[[мкр. Восточный, д. 22, кв. 61]]",
    "[[общежитие №3, комната 214]]",
    "проживаємо у [[гуртожитку №2, кімната 318]]",
    "адреса [[просп. Науки, 17/2]]",
    "[[A Blok, 4. kat, oda 12]]",
    "[[Fatih Sokağı No: 9]]",
    "[[block C hema namba 102]]",
    "[[kanda ya 3, hema 19]]",
    "[[gida mai lamba 31 layin Tudun Wada]]",
    "[[No 5 titin Ahmadu Bello]]",
    "[[guriga lambarkiisu yahay 12, laanta 3]]",
    "[[teendho lambar 40, safka B]]",
    "[[enpas Lavwa, kay 7]]",
    "[[شیلٹر نمبر ۹ لائن ۳]]",
    "[[سٹریٹ ۵، ہاؤس ۱۲]]",
]
PLATES = [
    "A white Hilux [[KDA 123A]] took the bags",
    "car plate [[ABC-123 DE]] drove off",
    "motorbike [[T 341 DPQ]] hit a child",
    "un pick-up immatriculé [[11 GH 1234]]",
    "la moto [[8A 4512 RN3]]",
    "el camión placa [[ABC-123]]",
    "moto de placas [[XYZ12D]]",
    "o carro [[ABC 123 MC]] levou tudo",
    "a van [[BRA2E19]] parou",
    "شاحنة رقم [[12345 بغداد]]",
    "باص نمرته [[14-55231]]",
    "پلاک [[۱۲ ب ۳۴۵ ایران ۶۷]]",
    "газель [[А123ВС 77]]",
    "бус [[ВН 4521 НІ]]",
    "машина [[ka 0912 pc]]",
    "[[06 AB 1234]] plakalı araç",
    "gari lenye namba [[T 123 ABC]]",
    "pikipiki [[MC 431 BCD]]",
    "babur [[BRN 56 GZA]]",
    "gaariga [[AB 1234]]",
    "baabuurka [[A 12345]]",
    "kamyon plak [[ZA 4521]]",
    "گاڑی نمبر [[LEA 1234]]",
    "نمبر پلیٹ [[BEK-341]]",
]
STAYS = [
    "Sector 4 has no water and block 7 has no light.",
    "Le bloc 4 et le secteur 2 n'ont pas d'eau, 12 tentes sont tombées.",
    "Zona 3: 45 familias, manzana 2 sin luz.",
    "Kanda ya 3 haina maji, watu 40 wamehama.",
    "Xaafadda 3aad biyo malaha, 20 guri ayaa gubtay.",
    "2. bölge susuz, 40 çadır yandı.",
    "Сектор 4 без света, 12 домов сгорело, этаж затоплен.",
    "القطاع 3 بدون ماء و40 خيمة غرقت",
    "بلاک ۲ آب ندارد و ۱۵ خانه خراب شد",
    "سیکٹر ۴ میں پانی نہیں، ۲۰ گھر گر گئے",
    "The truck came at 1200 and carried 4500 litres.",
    "El camión trajo 300 sacos y la moto 2 cajas.",
    "Машина привезла 450 мешков, автобус 12 раз.",
    "الشاحنة جلبت 5000 لتر",
    "lori lilileta magunia 250",
]


def _value_of(text: str) -> tuple[str, str]:
    """The text without brackets, and the value between them."""
    value = text[text.index("[[") + 2 : text.index("]]")]
    return text.replace("[[", "").replace("]]", ""), value


@pytest.mark.parametrize("marked", [*ADDRESSES, *PLATES])
def test_an_address_or_a_plate_in_a_sentence_is_taken_out_whole(session: RedactionSession, marked: str) -> None:
    text, value = _value_of(marked)
    assert value not in session.redact(text)
    spans = session.redact(text)
    assert not any(part in spans for part in value.replace(",", " ").split() if any(map(str.isdecimal, part)))


@pytest.mark.parametrize("text", STAYS)
def test_single_parts_and_loads_of_vehicles_stay(session: RedactionSession, text: str) -> None:
    redacted = session.redact(text)
    assert "ADDRESS" not in redacted
    assert "PLATE" not in redacted
