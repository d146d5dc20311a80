"""LZ-string's form for addresses: how LangServe's links carry a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$"
MAX_CHARS: Final = 100_000
_VALUES: Final = {sign: place for place, sign in enumerate(ALPHABET)}
_CHAR8, _CHAR16, _END = 0, 1, 2


class BadText(ValueError):
    """No text was ever packed like this."""


def unpack(packed: str) -> str:
    """The text; raises BadText."""
    return (
        "".join(_entries(_Bits(packed.replace(" ", "+"))))
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
    )


class _Bits:
    """Six bits a sign, the highest first; numbers come with their lowest bit first."""

    def __init__(self, packed: str) -> None:
        self._packed = packed
        self._at = 0

    def number(self, width: int) -> int:
        value = 0
        for place in range(width):
            sign, bit = divmod(self._at, 6)
            if sign >= len(self._packed):
                raise BadText("it ends too soon")
            known = _VALUES.get(self._packed[sign])
            if known is None:
                raise BadText(f"{self._packed[sign]!r} is no sign of it")
            value |= (known >> (5 - bit) & 1) << place
            self._at += 1
        return value


def _entries(bits: _Bits) -> Iterator[str]:
    first = bits.number(2)
    if first == _END:
        return
    last = chr(bits.number(8 if first == _CHAR8 else 16))
    yield last
    known: dict[int, str] = {3: last}
    width, room, size = 3, 4, 1
    while True:
        code = bits.number(width)
        if code == _END:
            return
        if code in (_CHAR8, _CHAR16):
            known[len(known) + 3] = chr(bits.number(8 if code == _CHAR8 else 16))
            code = len(known) + 2
            room -= 1
            if not room:
                room, width = 2**width, width + 1
        entry = known.get(code)
        if entry is None:
            if code != len(known) + 3:
                raise BadText("it names what has not come")
            entry = last + last[0]
        size += len(entry)
        if size > MAX_CHARS:
            raise BadText(f"it is longer than {MAX_CHARS:,} characters")
        yield entry
        known[len(known) + 3] = last + entry[0]
        last = entry
        room -= 1
        if not room:
            room, width = 2**width, width + 1
