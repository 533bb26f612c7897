"""E-mail addresses, links, network addresses and social handles."""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers.spoken_addresses import spoken_emails
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

_EMAIL_BEFORE = re.compile(r"(?:.*[^\w.%+'-])?+([\w.%+'-]{1,64})", re.DOTALL)
_EMAIL_AFTER = re.compile(r"@[ ]?(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?:\.[^\W\d_]{2,24}){0,2}")
_MAX_LOCAL_PART = 64
_MAILTO = re.compile(r"mailto:([^\s<>]{3,200})")
_AT_SIGN = re.compile(r" ?(?:\(at\)|\[at\]|\{at\}|\(a\)|\[@\]) ?", re.IGNORECASE)
_DOT = r"(?:\(dot\)|\[dot\]|\{dot\}|\bdot\b|\bpoint\b|\bpunto\b|\bponto\b|\bточка\b|\bкрапка\b|نقطة|دوت|نقطه|\bnukta\b)"
_BRACKETED_DOMAIN = re.compile(rf"[\w-]{{2,40}}(?: ?(?:{_DOT}|\.) ?[\w-]{{2,40}}){{1,3}}", re.IGNORECASE)
_LOCAL_PART = re.compile(r"[\w.+-]{2,64} ?$")

_TLDS = "com|org|net|info|edu|gov|mil|int|biz|online|site|xyz|shop|club|link"
_SCHEME_BEFORE = re.compile(r"(?:https?|hxxps?|ftps?)[ ]?$", re.IGNORECASE)
_LINK_AFTER = re.compile(r"://[^\s<>\"'`{}|\\^]{1,2000}")
_MAX_SCHEME_LENGTH = 6
_DOMAIN = re.compile(
    r"(?<![\w@.-])www\d?\.[^\s<>\"'`{}|\\^]{2,2000}"
    rf"|(?<![\w@.+-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,8}}(?:{_TLDS})(?:\.[a-z]{{2}})?\b(?![\w@-]|\.\w)"
    r"(?::\d{1,5})?(?:/[^\s<>\"'`{}|\\^]{0,2000})?"
    r"|(?<![\w@.+-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,3}/[^\s<>\"'`{}|\\^]{1,2000}"
    r"|(?<![\w@.+-])[a-z0-9-]{2,63}\.(?:co|or|go|ac|gov|org|com|net)\.[a-z]{2}\b",
    re.IGNORECASE,
)
_EVERYDAY_TLDS = frozenset(["info", "int", "mil", "biz", "online", "site", "shop", "club", "link", "net"])
_LINK_CUES = words_in("link_cues")
_DOT_INSIDE = re.compile(r"\.(?<=\w\.)\w")
_MAX_LABEL_LENGTH = 64
_URL_TAIL = ".,;:!?)]}»”"

_IPV4 = re.compile(r"[0-9](?<![\w.].)[0-9]{0,2}\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}(?:/[0-9]{1,2})?(?![\w]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f:]{2,39}:[0-9a-f:.]{1,39}(?![\w:])", re.IGNORECASE)
_IPV6_HINT = re.compile(r":[0-9a-fA-F]{0,4}:")
_MAC = re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])", re.IGNORECASE)
_MAC_HINT = re.compile(r"[:-][0-9a-fA-F]{2}[:-][0-9a-fA-F]{2}[:-]")

_HANDLE = re.compile(r"@(?<![\w@.+/-]@)(?:[^\W\d_][\w.]{1,30}\w|\w{3,30})")
_NETWORKS = (
    r"instagram|insta|telegram|телеграм|телеграмм|інстаграм|инстаграм|twitter|tiktok|snapchat|skype|"
    r"скайп|viber|messenger|"
    r"facebook|fb|signal|wechat|vk|انستغرام|تلغرام|تليجرام|تلگرام|فيسبوك|إنستغرام"
)
_NETWORK_NAMES = frozenset(_NETWORKS.split("|"))
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
            yield from _emails(text)
            yield from _matches(_HANDLE, text, Entity.SOCIAL_HANDLE, score=0.6)
        yield from spoken_emails(reading)
        yield from _bracketed_emails(text)
        if "://" in text:
            yield from _links(text)
        if has_dot:
            yield from _domains(reading)
        if has_dot or has_colon or "-" in text:
            yield from _network_addresses(reading, has_colon=has_colon)
        if not reading.vocabulary.isdisjoint(_NETWORK_NAMES):
            yield from _named_handles(text)


def _matches(pattern: re.Pattern[str], text: str, entity: str, score: float = 1.0) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(match.start(), match.end(), entity, score)


def _bracketed_emails(text: str) -> Iterator[Span]:
    """Addresses with the sign in brackets: "amina (at) example.org"."""
    if "(" in text or "[" in text or "{" in text:
        for sign in _AT_SIGN.finditer(text):
            yield from _around(text, sign.start(), sign.end(), _BRACKETED_DOMAIN)


def _around(text: str, start: int, end: int, domain: re.Pattern[str]) -> Iterator[Span]:
    after = domain.match(text, end)
    before = _LOCAL_PART.search(text, max(0, start - 66), start) if after else None
    if after and before:
        yield Span(before.start(), after.end(), Entity.EMAIL_ADDRESS, 0.9)


def _emails(text: str) -> Iterator[Span]:
    """Each sign with what stands on both sides of it."""
    at = text.find("@")
    while at >= 0:
        after = _EMAIL_AFTER.match(text, at)
        end = at - (text[at - 1 : at] == " ")
        before = _EMAIL_BEFORE.fullmatch(text, max(0, end - _MAX_LOCAL_PART), end) if after else None
        if after and before:
            yield Span(before.start(1), after.end(), Entity.EMAIL_ADDRESS)
        at = text.find("@", at + 1)
    if "mailto:" in text:
        for match in _MAILTO.finditer(text):
            yield Span(*match.span(1), Entity.EMAIL_ADDRESS)


def _links(text: str) -> Iterator[Span]:
    position = text.find("://")
    while position >= 0:
        scheme = _SCHEME_BEFORE.search(text, max(0, position - _MAX_SCHEME_LENGTH), position)
        link = _LINK_AFTER.match(text, position) if scheme else None
        if scheme and link:
            yield Span(scheme.start(), _end_of_link(link), Entity.URL, 0.8)
        position = text.find("://", link.end() if link else position + 1)


def _domains(reading: Reading) -> Iterator[Span]:
    """Find domains with their paths, around dots inside words."""
    text, done = reading.text, 0
    for dot in _DOT_INSIDE.finditer(text):
        if dot.start() < done:
            continue
        domain = _DOMAIN.match(text, _label_start(text, dot.start(), done))
        if domain and not _is_end_of_sentence(reading, domain):
            yield Span(domain.start(), _end_of_link(domain), Entity.URL, 0.8)
        done = domain.end() if domain else dot.start() + 1


def _is_end_of_sentence(reading: Reading, domain: re.Match[str]) -> bool:
    """Whether two words of sentences that lack a space look like a domain: "at the market.Shop owners say"."""
    label, _, ending = domain[0].rpartition(".")
    if "/" in domain[0] or not label.isalpha() or not ending.isalpha():
        return False
    if ending.istitle() and not label.isupper() and (label.islower() or ending.lower() in _EVERYDAY_TLDS):
        return True
    if ending.lower() not in _EVERYDAY_TLDS:
        return False
    before = [reading.word_texts[place].lower() for place in reading.places_before(domain.start(), 2)]
    return _LINK_CUES.isdisjoint(before)


def _label_start(text: str, dot: int, done: int) -> int:
    """Where the letters, digits and hyphens before a dot start."""
    start, earliest = dot, max(done, dot - _MAX_LABEL_LENGTH)
    while start > earliest and (text[start - 1].isalnum() or text[start - 1] == "-"):
        start -= 1
    return start


def _end_of_link(link: re.Match[str]) -> int:
    """Where the link ends without the punctuation of the sentence that it ends."""
    return link.start() + len(link[0].rstrip(_URL_TAIL))


def _network_addresses(reading: Reading, *, has_colon: bool) -> Iterator[Span]:
    text = reading.text
    if reading.has_digit:
        for match in _IPV4.finditer(text):
            if all(int(part) < 256 for part in match[0].partition("/")[0].split(".")):
                yield Span(match.start(), match.end(), Entity.IP_ADDRESS)
    if _MAC_HINT.search(text):
        yield from _matches(_MAC, text, Entity.MAC_ADDRESS)
    if has_colon and _IPV6_HINT.search(text):
        for match in _IPV6.finditer(text):
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
