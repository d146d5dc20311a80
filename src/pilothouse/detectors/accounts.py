"""Bank accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pilothouse.detectors.detector import BEGIN, Detector

_IBAN: Final = re.compile(BEGIN + r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])", re.ASCII)

_LENGTHS: Final = {
    length: frozenset(countries.split())
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ DZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
}
"""Which countries' numbers are how long, by the register of SWIFT."""


def _find_ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        length = 0
        for place, letter in enumerate(match[0]):
            length += letter != " "
            ends = place + 1 == len(match[0]) or not match[0][place + 1].isalnum()
            country = match[0][:2]
            if ends and country in _LENGTHS.get(length, ()) and is_iban(match[0][: place + 1]):
                yield match.start(), match.start() + place + 1
                break


def is_iban(number: str) -> bool:
    """Whether its check digits are right: modulo 97 it is 1 (ISO 13616)."""
    compact = number.replace(" ", "")
    rotated = compact[4:] + compact[:4]
    return int("".join(str(int(letter, 36)) for letter in rotated)) % 97 == 1


IBANS: Final = Detector(
    r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]",
    _find_ibans,
    "international bank account numbers whose check digits are right",
)
