"""E-mail addresses, links, network addresses and social handles."""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.spans import Span

_EMAIL = re.compile(
    r"[\w.%+'-]{1,64}[ ]?@[ ]?(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?:\.[^\W\d_]{2,24}){0,2}"
    r"|(?<=mailto:)[^\s<>]{3,200}"
)
_AT = r"(?:\(at\)|\[at\]|\{at\}|\bat\b|arobase|arroba|arrob|собака|равлик|آت|ات|kwa|@)"
_DOT = r"(?:\(dot\)|\[dot\]|\{dot\}|\bdot\b|point|punto|ponto|точка|крапка|نقطة|دوت|نقطه|nukta|\.)"
_SPELLED_EMAIL = re.compile(
    rf"[\w.+-]{{2,64}} ?{_AT} ?[\w-]{{2,63}}(?: ?{_DOT} ?[\w-]{{2,30}})? ?{_DOT} ?"
    r"(?:com|org|net|info|edu|gov|io|co|fr|es|uk|ua|ru|ke|ug|tz|br|pt|mx|nl|tr|example)\b",
    re.IGNORECASE,
)
_SPELLED_AT = re.compile(
    r"(?:\b|[(\[{])(?:at|arobase|arroba|собака|равлик)(?:\b|[)\]}])|آت|\bات\b", re.IGNORECASE
)

_TLDS = "com|org|net|info|edu|gov|mil|int|biz|online|site|xyz|shop|club|link"
_URL = re.compile(
    r"(?:https?|hxxps?|ftps?)[ ]?://[^\s<>\"'`{}|\\^]{1,2000}"
    r"|(?<![\w@.-])www\d?\.[^\s<>\"'`{}|\\^]{2,2000}"
    rf"|(?<![\w@.+-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,8}}(?:{_TLDS})(?:\.[a-z]{{2}})?\b(?![\w@-]|\.\w)"
    r"(?::\d{1,5})?(?:/[^\s<>\"'`{}|\\^]{0,2000})?"
    r"|(?<![\w@.+-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,3}/[^\s<>\"'`{}|\\^]{1,2000}"
    r"|(?<![\w@.+-])[a-z0-9-]{2,63}\.(?:co|or|go|ac|gov|org|com|net)\.[a-z]{2}\b",
    re.IGNORECASE,
)
_URL_TAIL = ".,;:!?)]}»”"

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f:]{2,39}:[0-9a-f:.]{1,39}(?![\w:])", re.IGNORECASE)
_MAC = re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])", re.IGNORECASE)

_HANDLE = re.compile(r"(?<![\w@.+/-])@[^\W\d_][\w.]{1,30}\w|(?<![\w@.+/-])@\w{3,30}")
_NETWORKS = (
    r"instagram|insta|telegram|телеграм|телеграмм|інстаграм|инстаграм|twitter|tiktok|snapchat|skype|скайп|viber|messenger|"
    r"facebook|fb|signal|wechat|vk|انستغرام|تلغرام|تليجرام|تلگرام|فيسبوك|إنستغرام"
)
_NAMED_HANDLE = re.compile(
    rf"(?<!\w)(?:{_NETWORKS})(?: (?:id|name|account|handle|user|username|profile|is|compte|cuenta|conta|hesabı|"
    r"حساب|акаунт|аккаунт|профиль|нік|ник))?(?: ?[:=-] ?| )"
    r"(?P<handle>@?(?=[\w.]{3,40})(?:[a-z0-9]+[._][\w.]*\w|[a-z]+\d+\w*|@\w+))",
    re.IGNORECASE,
)


class ContactRecogniser:
    """E-mail addresses, links, network addresses and social handles, in any script."""

    def find(self, reading: Reading) -> Iterable[Span]:
        text = reading.text
        has_dot, has_at, has_colon = "." in text, "@" in text, ":" in text
        if has_at:
            yield from _matches(_EMAIL, text, Entity.EMAIL_ADDRESS)
            yield from _matches(_HANDLE, text, Entity.SOCIAL_HANDLE, score=0.6)
        if has_at or _SPELLED_AT.search(text):
            yield from _matches(_SPELLED_EMAIL, text, Entity.EMAIL_ADDRESS, score=0.9)
        if has_dot or has_colon:
            yield from _urls(text)
            yield from _network_addresses(reading, has_colon=has_colon)
        yield from _named_handles(text)


def _matches(pattern: re.Pattern[str], text: str, entity: str, score: float = 1.0) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(match.start(), match.end(), entity, score)


def _urls(text: str) -> Iterator[Span]:
    for match in _URL.finditer(text):
        end = match.start() + len(match[0].rstrip(_URL_TAIL))
        yield Span(match.start(), end, Entity.URL, 0.8)


def _network_addresses(reading: Reading, *, has_colon: bool) -> Iterator[Span]:
    if reading.has_digit:
        for match in _IPV4.finditer(reading.text):
            if all(int(part) < 256 for part in match[0].partition("/")[0].split(".")):
                yield Span(match.start(), match.end(), Entity.IP_ADDRESS)
        yield from _matches(_MAC, reading.text, Entity.MAC_ADDRESS)
    if has_colon:
        for match in _IPV6.finditer(reading.text):
            if match[0].count(":") > 1 and _is_ipv6(match[0]):
                yield Span(match.start(), match.end(), Entity.IP_ADDRESS)


def _is_ipv6(text: str) -> bool:
    if len(text) < 4 or text == "::":
        return False
    try:
        ipaddress.IPv6Address(text.rstrip("."))
    except ValueError:
        return False
    return True


def _named_handles(text: str) -> Iterator[Span]:
    for match in _NAMED_HANDLE.finditer(text):
        yield Span(match.start("handle"), match.end("handle"), Entity.SOCIAL_HANDLE, 0.7)
