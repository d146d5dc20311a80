"""The entries of a span's metadata and of the JSON of its input and output, as SQL.

An entry is a pair (path with dots, value as text). Of JSON every member has one, those that hold
others too, down to ten levels; what is no JSON object or list has none.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from pilothouse.filters import And, Comparison, Expression, Membership, Path, Text

Of = Literal["metadata", "input", "output"]

DEEPEST: Final = 10
_NONE: Final = "CAST([], 'Array(Tuple(String, String))')"
_STEP: Final = "concat(f.1, if(f.1 = '', '', '.'), {name})"
_INSIDE: Final = (
    "arrayFlatten(arrayMap(f -> multiIf("
    f"JSONType(f.2) = 'Object', arrayMap(m -> ({_STEP.format(name='m.1')}, m.2),"
    " JSONExtractKeysAndValuesRaw(f.2)),"
    f" JSONType(f.2) = 'Array', arrayMap((v, n) -> ({_STEP.format(name='toString(n - 1)')}, v),"
    " JSONExtractArrayRaw(f.2), arrayEnumerate(JSONExtractArrayRaw(f.2))),"
    f" {_NONE}), a.2))"
)
"""The members of the values found last."""


def _of_json(column: str) -> str:
    found = (
        f"arrayFold((a, i) -> (arrayConcat(a.1, {_INSIDE}), {_INSIDE}), range({DEEPEST}),"
        f" ({_NONE}, [('', toString({column}))])).1"
    )
    text = "multiIf(JSONType(r.2) = 'String', JSONExtractString(r.2), r.2 = 'null', '', r.2)"
    return f"arrayMap(r -> (r.1, {text}), {found})"


ENTRIES: Final[dict[Of, str]] = {
    "metadata": "arrayZip(mapKeys(metadata), mapValues(metadata))",
    "input": _of_json("input"),
    "output": _of_json("output"),
}

LABEL: Final = (
    "if(startsWith(metadata['feedback.value'], '\"'),"
    " JSONExtractString(metadata['feedback.value']), toString(label))"
)
"""What a score's verdict is called: the text that came as its value, else its label."""
SCORE_COLUMNS: Final = {
    "name": "name",
    "label": LABEL,
    "source": "[toString(source), metadata['feedback.type']]",
    "comment": "comment",
}

_PLAIN: Final = re.compile(r"[A-Za-z0-9_ .:,-]+")
_SEGMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def placeless(key: str) -> str:
    """The path without the places in lists: `messages.content` for `messages.0.content`."""
    return f"replaceRegexpAll({key}, '\\\\.\\\\d+', '')"


def pinned_keys(term: Expression) -> list[str]:
    """The keys of which an entry must have one to hold the term; none when it may be any."""
    for part in term.terms if isinstance(term, And) else (term,):
        match part:
            case Comparison(path=Path(name="key"), operator="=", value=Text(text=text)):
                return [text]
            case Membership(path=Path(name="key"), values=values) if values:
                return [value.text for value in values if isinstance(value, Text)]
    return []


def needed_texts(term: Expression) -> list[str]:
    """Pieces that stand in any JSON with an entry that holds the term."""
    needed = []
    for part in term.terms if isinstance(term, And) else (term,):
        match part:
            case Comparison(path=Path(name="key"), operator="=", value=Text(text=text)):
                needed += [name for name in text.split(".") if _SEGMENT.fullmatch(name)]
            case Comparison(path=Path(name="value"), operator="=", value=Text(text=text)):
                if _PLAIN.fullmatch(text):
                    needed.append(text)
    return list(dict.fromkeys(needed))
