"""What masking finds by itself: secrets, cards, addresses, numbers of people.

A detector is a probe, an RE2 pattern that finds at least every text with something in it (a line
break is put before the text, so that it can ask for "not after a letter"), and `find`, which says
where. `find` may look at what stands before a candidate, which RE2 cannot, and check what no
pattern can, as a card's check digit. Every pattern is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

Find = Callable[[str], Iterator[tuple[int, int]]]


@dataclass(slots=True, frozen=True)
class Detector:
    """A kind of text that must not be recorded."""

    probe: str
    find: Find
    sentence: str
    """What it finds, for the settings page."""


# A word begins here; also after an escape of JSON or of a Python literal, as in `\nsk-…`.
_BEGIN: Final = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf]))"


def _by_pattern(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> Find:
    """Spans of the group named `it`, else of the whole match."""
    compiled = re.compile(pattern, flags)
    group = "it" if "it" in compiled.groupindex else 0

    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in compiled.finditer(text):
            yield match.span(group)

    return find


def _unnamed(pattern: str) -> str:
    """The pattern without its named group, of which a joined pattern can have only one."""
    return pattern.replace("(?P<it>", "(?:")


# Keys with a prefix of their own. Written for both engines: no look-around in here.
_KEYS: Final = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse, LiteLLM
    r"pk-lf-[A-Za-z0-9-]{16,}",  # Langfuse
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe, Clerk
    r"whsec_[A-Za-z0-9+/=]{16,}",
    r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{16,}",  # LangSmith
    r"ls__[A-Za-z0-9]{16,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",  # AWS
    r"AIza[A-Za-z0-9_-]{35}",  # Google
    r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"gh[pousr]_[A-Za-z0-9]{30,}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"glpat-[A-Za-z0-9_-]{18,}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack
    r"xapp-[A-Za-z0-9-]{10,}",
    r"hf_[A-Za-z0-9]{24,}",  # Hugging Face
    r"gsk_[A-Za-z0-9]{20,}",  # Groq
    r"csk-[A-Za-z0-9]{20,}",  # Cerebras
    r"xai-[A-Za-z0-9]{20,}",
    r"pplx-[A-Za-z0-9]{20,}",  # Perplexity
    r"nvapi-[A-Za-z0-9_-]{20,}",
    r"tvly-[A-Za-z0-9_-]{16,}",  # Tavily
    r"pcsk_[A-Za-z0-9_]{20,}",  # Pinecone
    r"r8_[A-Za-z0-9]{20,}",  # Replicate
    r"fw_[A-Za-z0-9]{20,}",  # Fireworks
    r"tgp_v1_[A-Za-z0-9_-]{20,}",  # Together
    r"fc-[a-f0-9]{32}",  # Firecrawl
    r"phc_[A-Za-z0-9]{30,}",  # PostHog
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{40,}",
    r"dapi[a-f0-9]{32}",  # Databricks
    r"do[opr]_v1_[a-f0-9]{40,}",  # DigitalOcean
    r"ntn_[A-Za-z0-9]{30,}",  # Notion
    r"lin_api_[A-Za-z0-9]{30,}",  # Linear
    r"sbp_[a-f0-9]{40}",  # Supabase
    r"ATATT3[A-Za-z0-9_=-]{30,}",  # Atlassian
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",  # Telegram
)
_ANY_KEY: Final = "(?:" + "|".join(_KEYS) + ")"
# What only its surroundings tell: the password of a URL, the second key of AWS.
_IN_URL: Final = r"[a-z][a-z0-9+]{1,20}://[^\s/:@\"']{0,256}:(?P<it>[^\s/@\"']{1,256})@"
_SECOND_KEY: Final = r"(?i:secret_?access_?key)[^A-Za-z0-9/+]{1,8}(?P<it>[A-Za-z0-9/+]{40})"

_find_keys: Final = _by_pattern(_BEGIN + _ANY_KEY)
_find_in_urls: Final = _by_pattern(r"(?<![a-z0-9+])" + _IN_URL)
_find_second_keys: Final = _by_pattern(_SECOND_KEY)


def _find_secrets(text: str) -> Iterator[tuple[int, int]]:
    yield from sorted([*_find_keys(text), *_find_in_urls(text), *_find_second_keys(text)])


_BEARER: Final = r"(?i:bearer|basic)(?:\s|%20|\+)+(?P<it>[A-Za-z0-9._~+/-]{16,}={0,2})"
_find_bearer_candidates: Final = _by_pattern(_BEARER)


def _find_bearer(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _find_bearer_candidates(text):
        # "basic understanding-of-the-matter" is no token.
        if any(c.isdigit() or c.isupper() for c in text[start:end]):
            yield start, end


_JWT: Final = r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*"

# Up to its end, else up to the end of the text: a cut-off key is still a key.
_KEY_BEGIN: Final = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"
_PRIVATE_KEY: Final = _KEY_BEGIN + r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"

_EMAIL: Final = (
    r"(?:(?<![\w.%+\\-])|(?<=\\[nrtbf])|(?<=\\)(?![nrtbf]))"  # not within a word, but after \n
    r"[\w.%+-]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)*\.[^\W\d_]{2,}"
)

_PHONE: Final = (
    r"(?:(?<![\w.])|(?<=\\[nrtbf]))(?:"
    r"(?:\+|00)[1-9][0-9]{0,2}(?:[ ().\-/]{0,3}[0-9]){7,12}"  # international
    r"|\(?[2-9][0-9]{2}\)?[ .-]{1,2}[0-9]{3}[.-][0-9]{4}"  # North American
    r"|0[1-9][0-9]{1,4}[ /-]{1,3}[0-9]{3,4}(?:[ -]?[0-9]{2,4}){1,3}"  # national, with a leading 0
    r")(?![\w])"
)

_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,}")
_GROUP: Final = re.compile(r"\d+")


def _find_cards(text: str) -> Iterator[tuple[int, int]]:
    for run in _DIGITS.finditer(text):
        groups = [(run.start() + g.start(), run.start() + g.end()) for g in _GROUP.finditer(run[0])]
        first = 0
        while first < len(groups):
            last = _card_end(text, groups, first)
            if last is None:
                first += 1
                continue
            yield groups[first][0], groups[last][1]
            first = last + 1


def _card_end(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of the longest card number that begins with group `first`."""
    number, found = "", None
    for i in range(first, len(groups)):
        number += text[groups[i][0] : groups[i][1]]
        if len(number) > 19:
            break
        if _is_card(number):
            found = i
    return found


# In this order: Visa, Mastercard old and new, Amex, Discover, Diners, JCB, UnionPay, Maestro.
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|5[1-5]\d{14}"
    r"|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12,15}"
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"
    r"|35\d{14}"
    r"|(?:62|81)\d{14,17}"
    r"|(?:50|5[6-9]|6\d)\d{10,17}"
).fullmatch


def _is_card(number: str) -> bool:
    if len(number) < 13 or not number.isascii() or not _ISSUERS(number):
        return False
    # Luhn: every second digit from the right counts double, its digits summed.
    digits = [int(c) for c in reversed(number)]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


_IP: Final = re.compile(
    r"(?:(?<![\w.:])|(?<=\\[nrtbf]))(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)"
    r"|(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]{2,39}(?![\w:]))"
)


def _find_ips(text: str) -> Iterator[tuple[int, int]]:
    for match in _IP.finditer(text):
        try:
            ip_address(match[0])
        except ValueError:
            continue
        yield match.span()


DETECTORS: Final[dict[str, Detector]] = {
    "secrets": Detector(
        "|".join((_ANY_KEY, _unnamed(_IN_URL), _unnamed(_SECOND_KEY))),
        _find_secrets,
        "API keys of the well-known providers, passwords in URLs",
    ),
    "bearer_tokens": Detector(_unnamed(_BEARER), _find_bearer, "what follows Bearer or Basic"),
    "jwts": Detector(_JWT, _by_pattern(_JWT), "JSON web tokens"),
    "private_keys": Detector(
        _KEY_BEGIN, _by_pattern(_PRIVATE_KEY, re.DOTALL), "private keys in PEM"
    ),
    "cards": Detector(
        r"[0-9](?:[ -]?[0-9]){12}", _find_cards, "card numbers whose check digit is right"
    ),
    "emails": Detector(
        r"[\pL\pN_.%+-]@[\pL\pN_.-]+\.\pL{2}", _by_pattern(_EMAIL), "e-mail addresses"
    ),
    "phones": Detector(
        r"(?:[^\pL\pN_.]|\\[nrtbf])(?:(?:\+|00)[1-9](?:[ ().\-/]{0,3}[0-9]){7}"
        r"|\(?[2-9][0-9]{2}\)?[ .-]{1,2}[0-9]{3}[.-][0-9]{4}"
        r"|0[1-9][0-9]{1,4}[ /-]{1,3}[0-9]{3})",
        _by_pattern(_PHONE),
        "phone numbers",
    ),
    "ips": Detector(
        r"[0-9](?:\.[0-9]{1,3}){3}|::|(?:[0-9A-Fa-f]{1,4}:){7}",
        _find_ips,
        "IPv4 and IPv6 addresses",
    ),
}
"""The builtins of masking rules by name."""
