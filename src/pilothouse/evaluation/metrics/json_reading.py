"""Reads the JSON that models write: bare, within a fence, or broken off.

The rules are LangChain's, so that verdicts agree with its evaluators. `strict` is `json.loads`;
`repaired` also closes what was left open, allows line breaks within strings, and drops what
is at the end until the rest is JSON. A closer that closes nothing makes it None there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

_AROUND: Final = " \n\r\t`"
_FENCE: Final = re.compile(r"```(?:json)?(.*)", re.DOTALL)
_ACTION_INPUT: Final = re.compile(r'("action_input":\s*")(.*?)(")', re.DOTALL)
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*(?P<end>"?)|[][{}]', re.DOTALL)
_ESCAPES: Final = str.maketrans({"\n": r"\n", "\r": r"\r", "\t": r"\t"})
_CLOSERS: Final = {"{": "}", "[": "]"}


def strict(text: str) -> Any:
    """What `json.loads` finds in a text or its fence. Raises JSONDecodeError where it finds none.

    NaN and Infinity are values, and of two equal keys the last counts, as Python has it.
    """
    return _found(text, json.loads)


def repaired(text: str) -> Any:
    """The same of a text that may be broken off. Raises JSONDecodeError where nothing is left."""
    return _found(text, _completed)


def _found(text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(_bare(text))
    except json.JSONDecodeError:
        fenced = _FENCE.search(text)
        if fenced is None:
            raise
        return parse(_bare(fenced.group(1)))


def _bare(text: str) -> str:
    """Without fences, and with the line breaks that agents write into `action_input` escaped."""
    text = text.strip(_AROUND)
    if '"action_input"' not in text:
        return text
    return _ACTION_INPUT.sub(lambda m: m[1] + m[2].translate(_ESCAPES) + m[3], text)


def _completed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError:
        pass
    kept, closers = _opened(text)
    if closers is None:
        return None
    length = len(kept)
    while length:
        try:
            return json.loads(kept[:length] + closers, strict=False)
        except json.JSONDecodeError as e:
            # What is wrong at a place stays wrong until the text ends before that place.
            length = min(length - 1, e.pos)
    return json.loads(text, strict=False)


def _opened(text: str) -> tuple[str, str | None]:
    """The text with whole strings, and what closes all that is open; None where that is muddled."""
    open_: list[str] = []
    for piece in _PIECE.finditer(text):
        found = piece.group()
        if found in _CLOSERS:
            open_.append(_CLOSERS[found])
        elif found in ("}", "]"):
            if not open_ or open_.pop() != found:
                return text, None
        elif not piece["end"]:  # the last string; a backslash after it escapes nothing
            text = text[: piece.end()] + '"'
    return text, "".join(reversed(open_))
