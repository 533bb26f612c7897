"""Words that say what the number after them is, in the languages that feedback comes in."""

from inference.redaction.reading import Reading

_FILLERS = frozenset(
    (
        "number numbers num no nr nos n nº n° is was are id code card my the on at to under of called us me "
        "numéro numero número est es de du des la le el al au sur à a em op met nommer nummer moi nous "
        "ni namba nambari ya ta ne lambar waa lambarka tirsigu langu yangu yetu yake wetu kwa "
        "رقم رقمي رقمه رقمها هو هي على شماره نمبر ہے است دی الرقم بي بنا "
        "номер номером за це по это код numarası numarasi numaram numara nimewo se mwen"
    ).split()
)
_PHONE = (
    "phone phones telephone telephones mobile mobiles cell cellphone tel call calls called calling dial contact contacts reach reached "
    "whatsapp sms text ring fax hotline cellular telf tlf ext extension "
    "téléphone tél appelez appeler appelle joindre portable teléfono telefono tfno llamar llame llamen llamame móvil movil celular "
    "telefone telemóvel ligue ligar liguem contactar contacto telefoon telefoonnummer bel bellen gsm telefon telefonum telefonu arayın cep "
    "simu piga nipigie nipigieni mpigie waya wayata kira taleefan taleefanka taleefoon taleefoonka wac telefòn rele "
    "هاتف هاتفي الهاتف هاتفه هاتفها تلفون التلفون جوال جوالي الجوال موبايل موبايلي اتصل اتصلوا اتصال للاتصال للتواصل واتساب تلفن تماس موبایل "
    "همراه فون رابطہ ټلیفون زنگ زنګ رقمي رقمه تیلفون тел моб мобільний мобильный вайбер ватсап viber telegram"
)
_PHONE_STEMS = "телефон дзвон звон зателефон позвон"
_ACCOUNT = (
    "account accounts acct iban swift bank compte rib cuenta clabe conta pix nib rekening rekeningnummer hesap akaunti asusu asusun koonto kont "
    "pesa mpesa paybill till momo حساب الحساب حسابي بنك بانک اکاؤنٹ"
)
_ACCOUNT_STEMS = "рахун счет счёт"
_IDENTIFIER = (
    "id ids identity identification case file registration reg registered household hh family ration card cards voucher token pin passport visa "
    "serial member membership reference ref ticket claim complaint application licence license permit ssn nin bvn tin nrc cnic nic tazkira unhcr "
    "proges prims scope barcode manifest crew incident record mrn patient "
    "carte dossier ménage enregistrement inscription identité bon jeton référence passeport matricule "
    "cédula cedula dni nie curp rut pasaporte expediente registro hogar tarjeta código codigo folio caso referencia identidad nhc historia "
    "episodio colegiado ncol nºcol col nass cipa nuhsa "
    "cartão bilhete agregado processo registo senha cpf rg bi passaporte referência "
    "kaart paspoort dossiernummer bsn huishouden registratie "
    "kadi kaya usajili kitambulisho kesi faili pasi kipande katin kati rajista gida iyali fasfo "
    "kaarka kaadhka diiwaangelin diiwaangelinta qoyska baasaboor baasaboorka aqoonsi aqoonsiga kat fanmi dosye enskripsyon paspò "
    "kimlik kart dosya kayıt pasaport hane tc başvuru "
    "بطاقة بطاقتي البطاقة هوية الهوية هويتي ملف الملف ملفي تسجيل التسجيل جواز كرت قسيمة العائلة الأسرة طلب حالة إقامة وطني الوطني مفوضية المفوضية "
    "کارت پرونده شناسنامه تذکره پاسپورت ثبت کوپن ملی کد شناسایی شناختی کارڈ شناخت رجسٹریشن پاسپورٹ تذکرې کارډ "
    "іпн инн снилс впо"
)
_IDENTIFIER_STEMS = (
    "картк карточк паспорт справ реєстрац регистрац посвідченн удостоверени заявк заяв довідк талон ваучер дело дела"
)
_PLATE = (
    "plate plates vehicle car truck lorry bus taxi motorbike boda plaque matrícula matricula placa placas kenteken plaka plakası gari mota "
    "gaadhi لوحة سيارة السيارة پلاک"
)
_PLATE_STEMS = "immatricul номерн машин авто"
_MOST_WORDS = 6
_LONGEST_GAP = 4
_GAP = frozenset(" \t:=#-,.(/№º°'\"")


class Cue:
    """A family of cue words; stands_before says whether one of them leads up to a position."""

    def __init__(self, words: str, stems: str = "") -> None:
        self._words = frozenset(words.split())
        self._stems = tuple(stems.split())

    def stands_before(self, reading: Reading, position: int) -> bool:
        end = position
        for word in reading.words_before(position, _MOST_WORDS):
            gap = reading.text[word.end : end]
            if len(gap) > _LONGEST_GAP or not _GAP.issuperset(gap):
                return False
            lowered = word.lowered
            if lowered in self._words or (self._stems and lowered.startswith(self._stems)):
                return True
            if lowered not in _FILLERS and len(lowered) > 1:
                return False
            end = word.start
        return False


PHONE = Cue(_PHONE, _PHONE_STEMS)
ACCOUNT = Cue(_ACCOUNT, _ACCOUNT_STEMS)
IDENTIFIER = Cue(_IDENTIFIER, _IDENTIFIER_STEMS)
PLATE = Cue(_PLATE, _PLATE_STEMS)
