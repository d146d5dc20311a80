"""Reads numbers as people and models write them: 1e3, 2½, 3², Ⅻ, 二十三."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

_SIGNS: Final = str.maketrans(
    dict.fromkeys("\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\uff0b\ufe62", "+")
    | {"負": "-", "负": "-", "正": "+"}
)
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER: Final = re.compile(r"(.+?)([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_SIGNED: Final = re.compile(r"([+-]*)(.*)", re.DOTALL)
_GROUPING: Final = re.compile(r"(?<=\d)[ '\u2019\u00a0\u2007\u2009\u202f](?=\d{3})")
_CHINESE: Final = dict(zip("零〇一二三四五六七八九两兩", (0, *range(10), 2, 2), strict=True))
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_MYRIADS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}


def number(text: str) -> float | None:
    """The finite number that a text is, or None where it is anything else or more than that."""
    text = text.strip().translate(_SIGNS)
    try:
        value = _signed(text)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


def _signed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    found = _SIGNED.fullmatch(text)
    signs, rest = found.groups() if found else ("", text)
    sign = -1.0 if signs.count("-") % 2 else 1.0
    power = _POWER.fullmatch(rest)
    if power is None:
        return sign * _unsigned(rest)
    value = (sign * _unsigned(power[1])) ** int(power[2].translate(_SUPERSCRIPT))
    return float(value)


def _unsigned(text: str) -> float:
    """A whole number with a fraction, or one of both. Raises ValueError for anything else."""
    text = text.strip()
    last = unicodedata.numeric(text[-1], -1.0) if text else -1.0
    if 0 < last < 1:
        return last + (_whole(text[:-1].strip()) if text[:-1].strip() else 0.0)
    return _whole(text)


def _whole(text: str) -> float:
    if len(text) == 1:
        return unicodedata.numeric(text)
    if text and all(c in _CHINESE or c in _UNITS or c in _MYRIADS for c in text):
        return float(_chinese(text))
    return float(_GROUPING.sub("", text))


def _chinese(text: str) -> int:
    """二十三 is 23, 三万五千 is 35 000; digits without units stand one beside the other."""
    if all(c in _CHINESE for c in text):
        return int("".join(str(_CHINESE[c]) for c in text))
    total = section = digit = 0
    for character in text:
        if character in _CHINESE:
            digit = _CHINESE[character]
        elif character in _UNITS:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            total += (section + digit) * _MYRIADS[character]
            section = digit = 0
    return total + section + digit
