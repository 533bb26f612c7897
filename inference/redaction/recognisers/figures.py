"""Figures that look like numbers of people and are not: dates, times, amounts, measures, ranges."""

import re
from functools import lru_cache

_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
DATE = re.compile(
    rf"(?<![\d./-])(?:{_DAY}([./-]){_MONTH}\1(?:{_YEAR}|\d\d)|{_MONTH}([./-]){_DAY}\2{_YEAR}"
    rf"|{_YEAR}([./-]){_MONTH}\3{_DAY}|{_YEAR} ?[-/] ?(?:{_YEAR}|\d\d)|{_YEAR}-W(?:0[1-9]|[1-4]\d|5[0-3]))"
    r"(?![\d]|[./-]\d)"
)
TIME = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-4])(?:[:hH][0-5]\d){1,2}(?![\d])")

_CURRENCY = (
    r"[$€£¥₦₵₹₺₽₴₱฿៛₫﷼؋]|usd|eur|gbp|kes|ksh|kshs|ush|ugx|tzs|tsh|rwf|bif|cdf|fc|xaf|xof|fcfa|cfa|"
    r"francs?|frs?|ngn|ghs|sll|sle|"
    r"lrd|gmd|mwk|zmw|mzn|mt|etb|birr|sos|ssp|sdg|egp|lbp|syp|jod|iqd|yer|afn|afs|pkr|rs|inr|bdt|taka|npr|lkr|mmk|"
    r"php|idr|vnd|thb|try|tl|lira|uah|грн|гривень|гривні|грив|rub|руб|рублей|рубля|htg|gourdes?|"
    r"goud|cop|pesos?|mxn|bs|bolívares|"
    r"bolivianos|soles|pen|quetzales|lempiras|reais|brl|dollars?|dólares|dolares|долларов|доларів|"
    r"euros?|евро|євро|shillings?|"
    r"shilingi|naira|cedis?|kwacha|meticais|metical|dinars?|dinar|دينار|ليرة|ريال|دولار|جنيه|درهم|شلن|افغانی|تومان|"
    r"ریال|روپے|روپیہ|روپۍ|افغانۍ|shilin|doolar|rials?|rupees?|millions?|milioni|millones|milhões|"
    r"million|мільйон\w*|миллион\w*"
)
_COUNTED = (
    r"people|persons?|families|households?|children|women|men|refugees?|individuals|houses|homes|"
    r"homeless|personnes|familles|ménages|"
    r"enfants|femmes|réfugiés|personas|familias|hogares|niños|mujeres|pessoas|famílias|crianças|watu|familia|kaya|"
    r"watoto|людей|осіб|человек|сімей|семей|дітей|детей|شخص|أسرة|عائلة|طفل|نازح|نفر|خانواده|افراد|"
    r"km|kms|kg|kgs|g|mg|m|m2|m3|cm|mm|ml|l|lt|ltr|litres?|liters?|litros|lita|kilo|kilos|tons?|"
    r"tonnes?|toneladas|hectares?|acres?|"
    r"км|кг|м|л|літрів|литров|тонн|متر|كيلو|كغ|لتر|طن|units?|doses?|bags?|boxes|hours?|days?|weeks?|months?|years?|"
    r"%|percent|times|votes|copies|square"
)
_AFTER = re.compile(r"[ ]?([^\W\d_]+[23]?|[^\w\s])")
_BEFORE = re.compile(r"([^\W\d_]+|[^\w\s.:])[ .:]{0,2}$")
_FAR_ENOUGH = 20
_IS_CURRENCY = re.compile(_CURRENCY, re.IGNORECASE).fullmatch
_IS_UNIT = re.compile(rf"{_CURRENCY}|{_COUNTED}", re.IGNORECASE).fullmatch
_GROUPED_BY_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([ .'])\d{3})(?:\1\d{3}){0,3}(?:[.,]\d{1,2})?")
_DECIMALS_AFTER = re.compile(r",\d{1,2}(?![\d.,/-])")
_LONGEST_PLAIN_AMOUNT = 6
_PHONE_LENGTH = 9
_JOINED_DIGITS = re.compile(r"[0-9](?<![0-9].)[0-9]*+(?= ?[./:hH-] ?[0-9]|-W[0-9])")
BLANK = "¤"


def is_amount(text: str, start: int, end: int) -> bool:
    """Whether the figure text[start:end] has a currency or a unit beside it, or is a round number."""
    after = _AFTER.match(text, end)
    if after and is_unit(after[1]):
        return True
    before = _BEFORE.search(text, max(0, start - _FAR_ENOUGH), start)
    if before and is_currency(before[1]):
        return True
    if _DECIMALS_AFTER.match(text, end) and text[start] != "0":
        return True
    figure = text[start:end]
    digits = "".join(filter(str.isdecimal, figure))
    is_round = digits[0] != "0" and digits.endswith("000")
    if _GROUPED_BY_THOUSANDS.fullmatch(figure):
        return (
            is_round or len(digits) <= _LONGEST_PLAIN_AMOUNT or (len(digits) < _PHONE_LENGTH and digits.endswith("00"))
        )
    return is_round and figure.isdecimal() and len(digits) < _PHONE_LENGTH


@lru_cache(maxsize=2_000)
def is_currency(word: str) -> bool:
    """Whether a word or sign names money."""
    return _IS_CURRENCY(word) is not None


@lru_cache(maxsize=2_000)
def is_unit(word: str) -> bool:
    """Whether a word or sign after a figure says what was counted or measured."""
    return _IS_UNIT(word) is not None


def blank_dates_and_times(text: str) -> str:
    """The text of the same length without dates and times, so that they do not join what stands beside them."""
    pieces: list[str] = []
    done = 0
    for digits in _JOINED_DIGITS.finditer(text):
        if digits.start() < done:
            continue
        found = DATE.match(text, digits.start()) or TIME.match(text, digits.start())
        if found:
            pieces += (text[done : found.start()], BLANK * len(found[0]))
            done = found.end()
    return "".join([*pieces, text[done:]]) if pieces else text
