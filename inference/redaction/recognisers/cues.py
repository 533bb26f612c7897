"""Words that say what the number after them is, in the languages that feedback comes in."""

import re

_FILLERS = (
    r"(?:[ \t]{0,3}(?:numbers?|num|no\.?|nr\.?|nos?|n°|nº|№|#|:|=|-|,|\(|is|was|are|id|code|card|my|the|on|at|to|under|of|"
    r"numéro|numero|número|code|est|es|é|de|du|des|la|le|el|al|au|sur|à|a|em|op|is|met|nommer|nummer|"
    r"ni|namba|nambari|ya|ta|ne|lambar|waa|lambarka|tirsigu|"
    r"رقم|رقمي|رقمه|هو|هي|على|شماره|نمبر|ہے|است|دی|"
    r"номер|номером|за|це|по|это|код|numarası|numarasi|numaram|numara|nimewo|se)(?![^\W\d_])){0,4}[ \t]{0,3}$"
)
_PHONE = (
    r"phones?|telephones?|mobiles?|cell(?:phone)?|tel|call(?:ed|ing)?|dial|contacts?|reach(?:ed)?|whatsapp|sms|text|ring|fax|hotline|"
    r"téléphone|tél|telefone|appel(?:ez|er|le)[- ]?(?:moi|nous)?|joindre|portable|teléfono|telefono|tfno|llam(?:ar|e|en|ame|a)|móvil|celular|"
    r"telemóvel|ligue|ligar|contactar|telefoon(?:nummer)?|bel(?:len)?|gsm|telefon(?:um|numaram|u)?|ara(?:yın)?|cep|"
    r"simu|piga|nipigie|nipigieni|waya|wayata|kira|taleefan(?:ka)?|taleefoonka|wac|telefòn|rele|"
    r"هاتف|هاتفي|الهاتف|تلفون|جوال|جوالي|موبايل|اتصل|اتصلوا|للاتصال|للتواصل|واتساب|تلفن|تماس|موبایل|همراه|فون|ٹیلی فون|رابطہ|ټلیفون|زنگ|"
    r"телефон[а-яі]*|тел|дзвон[а-яі]*|звон[а-яі]*|моб|мобільний|мобильный|вайбер|ватсап"
)
_ACCOUNT = (
    r"accounts?|acct|a/c|iban|swift|bank|compte|rib|cuenta|clabe|conta|pix|nib|rekening(?:nummer)?|hesap|akaunti|asusu[nm]?|koonto|kont|"
    r"m-?pesa|paybill|till|mobile money|momo|حساب|الحساب|حسابي|بنك|بانک|اکاؤنٹ|рахун[а-яії]*|счет[а-я]*|счёт[а-я]*|картк[а-яії]*|карт[аы]"
)
_IDENTIFIER = (
    r"ids?|identity|identification|case|file|registration|reg|registered|household|hh|family|ration|card|cards|voucher|token|pin|passport|visa|"
    r"serial|member(?:ship)?|reference|ref|ticket|claim|complaint|application|licen[cs]e|permit|ssn|nin|bvn|tin|nrc|cnic|nic|tazkira|unhcr|"
    r"proges|prims|scope|barcode|manifest|"
    r"carte|dossier|ménage|enregistrement|inscription|identité|bon|jeton|référence|passeport|matricule|"
    r"cédula|cedula|dni|nie|curp|rut|pasaporte|expediente|registro|hogar|tarjeta|código|codigo|folio|caso|referencia|identidad|"
    r"cartão|bilhete|agregado|processo|registo|senha|cpf|rg|bi|passaporte|referência|"
    r"kaart|paspoort|dossiernummer|bsn|huishouden|registratie|"
    r"kadi|kaya|usajili|kitambulisho|kesi|faili|pasi|kipande|katin|kati|rajista|gida|iyali|fasfo|"
    r"kaarka|kaadhka|diiwaangelin(?:ta)?|qoyska|baasaboor(?:ka)?|aqoonsi(?:ga)?|kat|fanmi|dosye|enskripsyon|paspò|"
    r"kimlik|kart|dosya|kayıt|pasaport|hane|tc|başvuru|"
    r"بطاقة|بطاقتي|البطاقة|هوية|الهوية|هويتي|ملف|الملف|ملفي|تسجيل|التسجيل|جواز|كرت|قسيمة|العائلة|الأسرة|طلب|حالة|إقامة|وطني|الوطني|مفوضية|المفوضية|"
    r"کارت|پرونده|شناسنامه|تذکره|پاسپورت|ثبت|کوپن|ملی|کد|شناسایی|شناختی|کارڈ|شناخت|رجسٹریشن|پاسپورٹ|تذکرې|کارډ|ثبت|"
    r"картк[а-яії]*|карт[а-яії]*|паспорт[а-яії]*|справ[а-яії]*|дел[аоу]|реєстрац[а-яії]*|регистрац[а-я]*|посвідченн[а-яії]*|удостоверени[а-я]*|"
    r"іпн|инн|снилс|впо|заявк[а-яії]*|заяв[а-яії]*|довідк[а-яії]*|справк[а-я]*|талон[а-яії]*|ваучер[а-яії]*"
)
_PLATE = (
    r"plates?|number plate|vehicle|car|truck|lorry|bus|taxi|motorbike|boda|plaque|immatricul\w*|matrícula|matricula|placas?|kenteken|"
    r"plaka(?:sı)?|gari|mota|gaadhi|لوحة|سيارة|السيارة|پلاک|номерн\w*|машин\w*|авто\w*"
)

_LONGEST_CUE = 48


class Cue:
    """A family of cue words; stands_before says whether one of them leads up to a position."""

    def __init__(self, words: str) -> None:
        self._pattern = re.compile(rf"(?<![^\W_])(?:{words})(?:'s)?{_FILLERS}", re.IGNORECASE)

    def stands_before(self, text: str, position: int) -> bool:
        window = text[max(0, position - _LONGEST_CUE) : position]
        return self._pattern.search(window) is not None


PHONE = Cue(_PHONE)
ACCOUNT = Cue(_ACCOUNT)
IDENTIFIER = Cue(_IDENTIFIER)
PLATE = Cue(_PLATE)
