"""Card numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pilothouse.detectors.detector import Detector

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
    return luhn(number)


def luhn(number: str) -> bool:
    """Whether the last digit is right: every second from the right counts double, digits summed."""
    digits = [int(c) for c in reversed(number)]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


CARDS: Final = Detector(
    r"[0-9](?:[ -]?[0-9]){12}", _find_cards, "card numbers whose check digit is right"
)
