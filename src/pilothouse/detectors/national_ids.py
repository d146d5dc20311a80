"""Numbers that states give their people, by form and check digits.

Where a number is bare digits, its check has to be strong or its form usual in writing, so that an
order number is seldom taken for a person's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pilothouse.detectors.cards import luhn
from pilothouse.detectors.detector import BEGIN, Detector


@dataclass(frozen=True, slots=True)
class _Id:
    """One country's number."""

    form: str
    is_right: Callable[[str], bool]
    """Of its letters and digits alone."""


def _weighed(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _is_day(day: str, month: str) -> bool:
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12


def _us(digits: str) -> bool:
    """Social security: no check digit, but groups that are never given."""
    return (
        digits[:3] not in ("000", "666")
        and digits[0] != "9"
        and digits[3:5] != "00"
        and (digits[5:] != "0000")
    )


def _gb_nhs(digits: str) -> bool:
    check = 11 - _weighed(digits[:9], range(10, 1, -1)) % 11
    return check != 10 and check % 11 == int(digits[9])


def _fr(number: str) -> bool:
    plain = number[:13].replace("2A", "19").replace("2B", "18")  # Corsica
    return 97 - int(plain) % 97 == int(number[13:])


def _es(number: str) -> bool:
    plain = number[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(plain) % 23] == number[-1]


_ODD_VALUES: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16)
_ODD: Final = dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (*_ODD_VALUES, 10, 22, 25, 24, 23), strict=True)
)


def _it(code: str) -> bool:
    letters = [chr(ord("A") + int(c)) if c.isdigit() else c for c in code]  # 0 counts as A does
    odd = sum(_ODD[letter] for letter in letters[:15:2])
    even = sum(ord(letter) - ord("A") for letter in letters[1:15:2])
    return chr(ord("A") + (odd + even) % 26) == code[15]


def _de(digits: str) -> bool:
    """Tax number: one digit stands twice or thrice among ten; ISO 7064 modulo 11, 10."""
    if digits[0] == "0" or len(set(digits[:10])) not in (8, 9):
        return False
    product = 10
    for digit in digits[:10]:
        product = (((int(digit) + product) % 10 or 10) * 2) % 11
    return (11 - product) % 10 == int(digits[10])


def _pl(digits: str) -> bool:
    month = f"{int(digits[2:4]) % 20:02}"  # the century is added to the month
    check = -_weighed(digits[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10
    return _is_day(digits[4:6], month) and check == int(digits[10])


def _se(digits: str) -> bool:
    short = digits[-10:]
    return _is_day(short[4:6], short[2:4]) and luhn(short)


def _fi(number: str) -> bool:
    digits = number[:6] + number[-4:-1]
    letter = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31]
    return _is_day(digits[:2], digits[2:4]) and letter == number[-1]


def _no(digits: str) -> bool:
    first = -_weighed(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -_weighed(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return _is_day(digits[:2], digits[2:4]) and digits[9:] == f"{first}{second}"


def _br(digits: str) -> bool:
    if len(set(digits)) == 1:
        return False
    first = _weighed(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = _weighed(digits, range(11, 1, -1)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}"


def _cn(number: str) -> bool:
    check = "10X98765432"[_weighed(number[:17], [2 ** (17 - i) % 11 for i in range(17)]) % 11]
    return _is_day(number[12:14], number[10:12]) and check == number[17]


def _ch(digits: str) -> bool:
    return -_weighed(digits[:12], (1, 3) * 6) % 10 == int(digits[12])


def _sg(number: str) -> bool:
    rest = (_weighed(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + 4 * (number[0] in "TG")) % 11
    letters = "JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK"
    return letters[rest] == number[8]


_D5: Final = tuple(
    tuple((a + b) % 5 + 5 * (b // 5) if a < 5 else (a - b) % 5 + 5 * (b < 5) for b in range(10))
    for a in range(10)
)
"""The dihedral group of a pentagon, in which Verhoeff's check adds."""
_TURN: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _in(digits: str) -> bool:
    """Aadhaar: Verhoeff's check."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = _TURN[turned]
        total = _D5[total][turned]
    return total == 0


_IDS: Final = {
    "us": _Id(r"\d{3}-\d{2}-\d{4}", _us),
    "ca": _Id(r"\d{3}[ -]\d{3}[ -]\d{3}", luhn),
    "gb": _Id(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", lambda _: True),
    "gb_nhs": _Id(r"\d{3} \d{3} \d{4}", _gb_nhs),
    "fr": _Id(r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", _fr),
    "es": _Id(r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]", _es),
    "it": _Id(r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]", _it),
    "de": _Id(r"\d{2} ?\d{3} ?\d{3} ?\d{3}", _de),
    "pl": _Id(r"\d{11}", _pl),
    "se": _Id(r"(?:19|20)?\d{6}[-+]\d{4}", _se),
    "fi": _Id(r"\d{6}[-+A]\d{3}[0-9A-Y]", _fi),
    "no": _Id(r"\d{6} ?\d{5}", _no),
    "br": _Id(r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}", _br),
    "cn": _Id(r"[1-9]\d{5}(?:19|20)\d{9}[\dX]", _cn),
    "ch": _Id(r"756\.?\d{4}\.?\d{4}\.?\d{2}", _ch),
    "sg": _Id(r"[STFG]\d{7}[A-Z]", _sg),
    "in": _Id(r"[2-9]\d{3} \d{4} \d{4}", _in),
}
"""By country; the name of a group of the joined pattern."""
_ANY: Final = re.compile(
    BEGIN
    + "(?=[A-Z0-9])"  # most words end here
    # forms overlap: each looks ahead by itself, so that one that fails hides no other
    + "".join(f"(?=(?P<{name}>(?:{one.form})(?![A-Za-z0-9_]))?)" for name, one in _IDS.items())
    + "[A-Z0-9]",
    re.ASCII,
)
_BETWEEN: Final = str.maketrans("", "", " .-+")


def _find_ids(text: str) -> Iterator[tuple[int, int]]:
    ended = 0
    for match in _ANY.finditer(text):
        if match.start() < ended:
            continue
        for name, found in match.groupdict().items():
            if found is not None and _IDS[name].is_right(found.translate(_BETWEEN)):
                ended = match.start() + len(found)
                yield match.start(), ended
                break


NATIONAL_IDS: Final = Detector(
    r"[0-9]{2}[0-9 .-]|[STFGXYZ]-?[0-9]{7}|[A-Z]{2} ?[0-9]{2}|[A-Z]{6}[0-9]{2}",
    _find_ids,
    "national identity, tax and social security numbers with right check digits",
)
