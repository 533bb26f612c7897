"""Scripts with combining marks: words stay whole, clean texts stay as typed, values are found all the same."""

import pytest

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor
from inference.redaction.reading import Reading

CLEAN = {
    "bn": [
        "আমাদের গ্রামে তিন দিন ধরে পানি নেই, শিশুরা অসুস্থ হয়ে পড়েছে।",
        "ত্রাণ কবে আসবে? বৃষ্টিতে তাঁবু ভিজে গেছে, ঘরে খাবার নেই।",
        "স্বাস্থ্যকেন্দ্রে কোনো ডাক্তার আসেন না, ওষুধও ফুরিয়ে গেছে।",
    ],
    "hi": [
        "हमारे गाँव में तीन दिन से पानी नहीं आया, बच्चे बीमार हैं।",
        "राहत सामग्री कब मिलेगी? बारिश में तंबू भीग गया है।",
        "स्वास्थ्य केंद्र में डॉक्टर नहीं आते और दवाइयाँ भी ख़त्म हो गई हैं।",
    ],
    "ne": [
        "हाम्रो गाउँमा तीन दिनदेखि पानी छैन, बालबालिका बिरामी भएका छन्।",
        "राहत कहिले आउँछ? पालमा पानी चुहिन्छ र रातमा जाडो हुन्छ।",
    ],
    "my": [
        "ကျွန်ုပ်တို့ရွာမှာ ရေမရှိတာ သုံးရက်ရှိပြီ၊ ကလေးတွေ နေမကောင်းဘူး။",
        "အကူအညီ ဘယ်တော့ရောက်မလဲ။ ဆေးခန်းမှာ ဆရာဝန် မရှိဘူး။",
    ],
    "th": [
        "หมู่บ้านเราไม่มีน้ำมาสามวันแล้ว เด็ก ๆ ไม่สบาย",
        "ของช่วยเหลือจะมาเมื่อไหร่ ที่คลินิกไม่มีหมอและยาหมดแล้ว",
    ],
    "ta": [
        "எங்கள் ஊரில் மூன்று நாட்களாக தண்ணீர் இல்லை, குழந்தைகள் நோய்வாய்ப்பட்டுள்ளனர்.",
        "நிவாரணம் எப்போது வரும்? மருத்துவமனையில் மருந்து இல்லை.",
    ],
    "si": [
        "අපේ ගමේ දින තුනක් තිස්සේ වතුර නැහැ, ළමයි අසනීපයි.",
        "ආධාර ලැබෙන්නේ කවදාද? රෝහලේ බෙහෙත් නැහැ.",
    ],
    "km": [
        "ភូមិយើងគ្មានទឹកបីថ្ងៃហើយ ក្មេងៗឈឺ។",
        "ជំនួយមកដល់ពេលណា? មណ្ឌលសុខភាពគ្មានថ្នាំ។",
    ],
    "lo": [
        "ບ້ານເຮົາບໍ່ມີນ້ຳສາມມື້ແລ້ວ ເດັກນ້ອຍບໍ່ສະບາຍ",
        "ການຊ່ວຍເຫຼືອຈະມາເມື່ອໃດ? ໂຮງໝໍບໍ່ມີຢາ.",
    ],
    "am": ["ለሦስት ቀናት ውሃ የለም፣ ልጆች ታመዋል። እርዳታው መቼ ይመጣል?"],
    "pa": ["ਸਾਡੇ ਪਿੰਡ ਵਿੱਚ ਤਿੰਨ ਦਿਨਾਂ ਤੋਂ ਪਾਣੀ ਨਹੀਂ ਹੈ, ਬੱਚੇ ਬਿਮਾਰ ਹਨ।"],
    "gu": ["અમારા ગામમાં ત્રણ દિવસથી પાણી નથી, બાળકો બીમાર છે."],
    "te": ["మా ఊరిలో మూడు రోజులుగా నీళ్లు లేవు, పిల్లలు జబ్బు పడ్డారు."],
    "ml": ["ഞങ്ങളുടെ ഗ്രാമത്തിൽ മൂന്ന് ദിവസമായി വെള്ളമില്ല, കുട്ടികൾക്ക് അസുഖമാണ്."],
    "el": ["Περιμένουμε νερό τρεις μέρες. Κανείς δεν ήρθε και τα παιδιά αρρώστησαν."],
    "he": ["אין מים כבר שלושה ימים, והילדים חולים."],
    "ka": ["სამი დღეა წყალი არ გვაქვს, ბავშვები ავად არიან."],
    "zh": ["村里三天没有水了，孩子们都病了。"],
}
SAMPLES = [(language, text) for language, texts in CLEAN.items() for text in texts]
VALUES = ("0711 893 004", "+8801711893004", "a.karim@example.org", "HH-015698", "৯৮৭০০০৪১১৭২", "०१७११८९३००४")


@pytest.mark.parametrize(("language", "text"), SAMPLES)
def test_a_clean_text_stays_as_typed(session: RedactionSession, language: str, text: str) -> None:
    assert session.redact(text) == text


@pytest.mark.parametrize(("language", "text"), [(language, texts[0]) for language, texts in CLEAN.items()])
@pytest.mark.parametrize("value", VALUES)
def test_a_value_in_any_script_is_taken_out_alone(
    session: RedactionSession, language: str, text: str, value: str
) -> None:
    redacted = session.redact(f"{text} {value} {text}")
    assert value not in redacted
    assert redacted.startswith(f"{text} <")
    assert redacted.endswith(f"> {text}")


@pytest.mark.parametrize("text", ["পানি", "हिंदी", "মুক্তিযোদ্ধা", "ကျွန်ုပ်တို့", "หมู่บ้าน", "ກິນເຂົ້າ", "இல்லை", "مُحَمَّد"])
def test_a_word_with_vowel_signs_is_one_word(text: str) -> None:
    assert Reading(text, RedactionPolicy()).word_texts == [text]


@pytest.mark.parametrize("name", ["مُحَمَّد", "فَاطِمَة", "خَالِد"])
def test_a_vocalised_arabic_name_is_found_whole(session: RedactionSession, name: str) -> None:
    assert session.redact(f"اسمي {name} ولم أستلم شيئا.") == "اسمي <PERSON_1> ولم أستلم شيئا."


def test_a_known_name_is_not_masked_inside_a_longer_word() -> None:
    session = get_redactor().open_session(RedactionPolicy.from_dict({}))
    session.redact("My name is Karima, my sister is Karim.")
    text = "Karim\u0947n came"
    assert session.mask(text) == text
