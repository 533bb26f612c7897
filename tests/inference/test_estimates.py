"""Estimates of tokens: the limit's formula, and an upper estimate that no script exceeds."""

import os
import random
import string
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from inference.estimates import estimated_tokens, max_tokens, upper_estimate
from inference.prompting import RenderedPrompt

WATER = {
    "English": "The water point in block four has been dry since Monday and we walk two hours to the river.",
    "French": "Le point d’eau du bloc quatre est à sec depuis lundi et nous marchons deux heures jusqu’à la rivière.",
    "Haitian": "Pwen dlo nan blòk kat la sèk depi lendi e nou mache de zèdtan pou nou rive nan rivyè a.",
    "Hausa": "Wurin ruwa a unguwa ta huɗu ya bushe tun ranar Litinin, muna tafiyar sa’a biyu zuwa kogi.",
    "Somali": "Barta biyaha ee xaafadda afraad way qalalan tahay ilaa Isniintii, webigana laba saac baan u lugeynaa.",
    "Vietnamese": "Điểm lấy nước ở khu bốn đã cạn từ thứ hai và chúng tôi phải đi bộ hai giờ ra sông.",
    "Ukrainian": "Водорозбірна колонка в четвертому кварталі суха з понеділка, до річки йдемо дві години.",
    "Arabic": "نقطة المياه في البلوك الرابع جافة منذ يوم الاثنين ونمشي ساعتين إلى النهر.",
    "Urdu": "بلاک چار میں پانی کا نل پیر سے خشک ہے اور ہم دریا تک دو گھنٹے پیدل جاتے ہیں۔",
    "Amharic": "በአራተኛው ብሎክ ያለው የውሃ ቦታ ከሰኞ ጀምሮ ደርቋል፤ ወደ ወንዙ ሁለት ሰዓት እንሄዳለን።",
    "Tigrinya": "ኣብ ራብዓይ ብሎክ ዘሎ ነጥቢ ማይ ካብ ሰኑይ ጀሚሩ ነቒጹ ኣሎ።",
    "Bangla": "চার নম্বর ব্লকের পানির কল সোমবার থেকে শুকনো, আমরা দুই ঘণ্টা হেঁটে নদীতে যাই।",
    "Nepali": "ब्लक चारको धारा सोमबारदेखि सुकेको छ र हामी नदीसम्म दुई घण्टा हिँड्छौं।",
    "Burmese": "ရပ်ကွက်လေးရှိ ရေယူရာနေရာသည် တနင်္လာနေ့မှစ၍ ခန်းခြောက်နေပြီး မြစ်သို့ နှစ်နာရီ လမ်းလျှောက်ရသည်။",
    "Khmer": "កន្លែងយកទឹកនៅប្លុកទីបួនស្ងួតតាំងពីថ្ងៃចន្ទ ហើយយើងដើរពីរម៉ោងទៅទន្លេ។",
    "Lao": "ຈຸດເອົານ້ຳຢູ່ບລັອກສີ່ແຫ້ງຕັ້ງແຕ່ວັນຈັນ ແລະພວກເຮົາຍ່າງສອງຊົ່ວໂມງໄປແມ່ນ້ຳ.",
    "Thai": "จุดรับน้ำในบล็อกสี่แห้งตั้งแต่วันจันทร์ และเราเดินสองชั่วโมงไปแม่น้ำ",
    "Sinhala": "හතරවන කොටසේ ජල කරාමය සඳුදා සිට වියළී ඇත.",
    "Tamil": "நான்காம் தொகுதியில் உள்ள தண்ணீர் குழாய் திங்கள் முதல் வறண்டுள்ளது.",
    "Chinese": "四号区的取水点从星期一起就干了，我们要走两个小时到河边。",
    "Dhivehi": "ހަތަރުވަނަ ބްލޮކުގެ ފެންނަގާ ތަން ހޯމަ ދުވަހުން ފެށިގެން ހިކިފައިވެއެވެ.",
    "N'Ko": "ߖߌ ߘߌ߫ ߦߙߐ ߟߎ߬ ߟߊ߫ ߞߊ߬ ߝߘߊ߫",
    "emoji": "💧🚱😡👨‍👩‍👧‍👦🇺🇦🏚️",
    "ids": "+254 722 345 678, KE-4471-9920-B, 550e8400-e29b-41d4-a716-446655440000; 1,250.00 / 2026-07-14T09:30:00Z",
    "JSON": '{"id":"r1","metadata":{"created":"2026-07-14","coding_level_1":""},"content":"\\u0627\\n\\t"}',
    "capitals": "WE HAVE NO WATER SINCE MONDAY!!! HELP US PLEASE??? BLOCK-4/B",
}
# By hill climbing, those of these letters that take many tokens.
MADE_TO_COST = ["pnmhpcdohhfg" * 80, "bohifcfoylnm" * 80, "qzxjvk" * 200, "qjqj" * 300, "a  b  " * 200, "aBcD" * 200]


@pytest.fixture(scope="module")
def tokenisers() -> dict[str, tiktoken.Encoding | Tokenizer]:
    """The tokenisers that LiteLLM ships, read from its files."""
    package = find_spec("litellm")
    assert package is not None
    assert package.origin is not None
    shipped = Path(package.origin).parent / "litellm_core_utils" / "tokenizers"
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(shipped)
    try:
        encodings = {name: tiktoken.get_encoding(name) for name in ("cl100k_base", "o200k_base")}
    finally:
        os.environ.pop("TIKTOKEN_CACHE_DIR")
        if before is not None:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
    return encodings | {"anthropic": Tokenizer.from_file(str(shipped / "anthropic_tokenizer.json"))}


def counts(text: str, tokenisers: dict[str, tiktoken.Encoding | Tokenizer]) -> dict[str, int]:
    return {
        name: len(by.encode(text, disallowed_special=()))
        if isinstance(by, tiktoken.Encoding)
        else len(by.encode(text, add_special_tokens=False))
        for name, by in tokenisers.items()
    }


@pytest.mark.parametrize("text", [*WATER.values(), *MADE_TO_COST], ids=[*WATER, *(text[:8] for text in MADE_TO_COST)])
def test_no_script_takes_more_tokens_than_the_upper_estimate(
    text: str, tokenisers: dict[str, tiktoken.Encoding | Tokenizer]
) -> None:
    assert max(counts(text, tokenisers).values()) <= max_tokens(text)


@given(text=st.text(min_size=1, max_size=300) | st.text(alphabet=string.ascii_letters + "  \n", max_size=300))
def test_no_text_does(text: str, tokenisers: dict[str, tiktoken.Encoding | Tokenizer]) -> None:
    assert max(counts(text, tokenisers).values()) <= max_tokens(text)


@pytest.mark.parametrize("letters", [string.ascii_lowercase, "bcdfghjklmnpqrstvwxz", string.ascii_letters])
def test_no_nonsense_does(letters: str, tokenisers: dict[str, tiktoken.Encoding | Tokenizer]) -> None:
    chosen = random.Random(7)
    text = "".join(chosen.choice(letters + " ") for _ in range(5000))
    assert max(counts(text, tokenisers).values()) <= max_tokens(text)


def test_the_limit_s_formula_is_too_low_for_most_scripts(
    tokenisers: dict[str, tiktoken.Encoding | Tokenizer],
) -> None:
    burmese = WATER["Burmese"] * 10
    assert counts(burmese, tokenisers)["cl100k_base"] > 4 * estimated_tokens(RenderedPrompt(burmese, ""))


def test_english_is_not_reserved_at_more_than_four_times_its_tokens(
    tokenisers: dict[str, tiktoken.Encoding | Tokenizer],
) -> None:
    english = WATER["English"] * 10
    assert max_tokens(english) <= 4 * counts(english, tokenisers)["o200k_base"]


def test_the_schema_of_the_answer_and_both_messages_are_in_the_upper_estimate() -> None:
    nothing = upper_estimate(RenderedPrompt("", ""), {}, max_output_tokens=9)
    for rendered, schema in [
        (RenderedPrompt("123456789", ""), {}),
        (RenderedPrompt("", "123456789"), {}),
        (RenderedPrompt("", ""), {"title": "123456789"}),
    ]:
        estimate = upper_estimate(rendered, schema, max_output_tokens=9)
        assert estimate.input_tokens >= nothing.input_tokens + 9
        assert estimate.output_tokens == 9
