"""Where people and machines can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from pilothouse.detectors.detector import Detector, by_pattern

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


EMAILS: Final = Detector(
    r"[\pL\pN_.%+-]@[\pL\pN_.-]+\.\pL{2}", by_pattern(_EMAIL), "e-mail addresses"
)
PHONES: Final = Detector(
    r"(?:[^\pL\pN_.]|\\[nrtbf])(?:(?:\+|00)[1-9](?:[ ().\-/]{0,3}[0-9]){7}"
    r"|\(?[2-9][0-9]{2}\)?[ .-]{1,2}[0-9]{3}[.-][0-9]{4}"
    r"|0[1-9][0-9]{1,4}[ /-]{1,3}[0-9]{3})",
    by_pattern(_PHONE),
    "phone numbers",
)
IPS: Final = Detector(
    r"[0-9](?:\.[0-9]{1,3}){3}|::|(?:[0-9A-Fa-f]{1,4}:){7}",
    _find_ips,
    "IPv4 and IPv6 addresses",
)
