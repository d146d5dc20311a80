"""What `key_hours` holds: sums of hours that are also apart in fields that a chart asked for.

Attributes stand in one map a span, which is read whole for one key. So the spans of an hour are
summed up by the keys that charts split and filter by, once those are asked for: by a set of
fields, each of its own rows. Which fields may be in it, and what filters their values tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pilothouse.filters import (
    FIELDS,
    Comparison,
    Exists,
    Expression,
    Membership,
    Number,
    Path,
    Text,
    Truth,
    path_text,
)
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import COLUMNS
from pilothouse.platform.store.comparisons import INDEXED, LONG, PAYLOAD
from pilothouse.platform.store.span_hours import BODY, COLUMNS_KEPT

VALUES: Final = ("value0", "value1", "value2")
"""The columns of the fields; more of them would keep rows that are spans."""
ELSEWHERE: Final = "elsewhere"
"""The column that tells of which spans the value of a key stands in what went in or came out."""
PLAIN: Final = ("name",)
"""Fields besides keys of the user's own."""

KEY_HOURS: Final = f"""
CREATE TABLE IF NOT EXISTS key_hours (
    project             UInt32,
    hour                DateTime('UTC') CODEC(Delta, ZSTD(1)),
    fields              LowCardinality(String),
    {", ".join(f"{value} LowCardinality(String)" for value in VALUES)},
    {ELSEWHERE}         UInt8,
    {BODY.strip()}
)
ENGINE = MergeTree
ORDER BY (project, fields, kind, hour, parts)
SETTINGS index_granularity = 256, old_parts_lifetime = 60
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of hours: those of `span_hours`, or those by some fields more."""

    fields: tuple[Path, ...] = ()

    @property
    def text(self) -> str:
        """The fields in one text; "" for none."""
        return "\n".join(map(path_text, self.fields))

    @property
    def kept(self) -> dict[Path, str]:
        """Where the fields stand in the rows."""
        return dict(zip(self.fields, VALUES, strict=False))

    def of_spans(self, binds: Binds) -> dict[str, str]:
        """The columns that `span_hours` has not, as expressions over spans."""
        if not self.fields:
            return {}
        values = [_value(path, binds) for path in self.fields]
        values += ["''"] * (len(VALUES) - len(values))
        keys = [path.key for path in self.fields if may_be_payload(path)]
        moved = f"(input_key IN ({binds.texts(keys)}) OR output_key IN ({binds.texts(keys)}))"
        return {
            "fields": binds.text(self.text),
            **dict(zip(VALUES, values, strict=True)),
            ELSEWHERE: f"toUInt8{moved}" if keys else "toUInt8(0)",
        }


HOURS: Final = Sums()
"""The sums of `span_hours`, which the ready-made charts need."""


def table_of(text: str) -> str:
    """Where sums stand, by the text of their fields."""
    return "key_hours" if text else "span_hours"


def columns_of(text: str) -> tuple[str, ...]:
    """What is written of a row, in the order of the statement that sums."""
    return (*COLUMNS_KEPT, "fields", *VALUES, ELSEWHERE) if text else COLUMNS_KEPT


def condition_of(text: str, binds: Binds) -> str:
    """Which rows of the table have these sums."""
    return f"fields = {binds.text(text)}" if text else "1"


def sums_by(fields: Iterable[Path]) -> Sums | None:
    """The sums by these fields; None where it is better to read the spans."""
    found = set(fields)
    if not found:
        return HOURS
    if len(found) > len(VALUES):
        return None
    return Sums(tuple(sorted(found, key=path_text)))


def can_keep(path: Path) -> bool:
    """Whether sums can be apart in a field."""
    if _is_open(path):
        return path.name != "attributes" or INDEXED.search(path.key) is None
    return path.name in PLAIN


def may_be_payload(path: Path) -> bool:
    """Whether the value of a key may have become a span's input or output."""
    return path.name == "attributes" and PAYLOAD.search(path.key) is not None


def tells(atom: Expression) -> bool:
    """Whether a kept value tells if a comparison holds, which may be of a text of any length."""
    match atom:
        case Comparison(path=path) | Membership(path=path) | Exists(path=path):
            if not can_keep(path):
                return False
            return path.name != "attributes" or _is_short(atom)
    return False


def _is_short(atom: Expression) -> bool:
    """Whether only a value can be meant that stands in the map."""
    match atom:
        case Comparison(operator="=", value=Text(text=text)):
            return 0 < len(text) < LONG
        case Comparison(operator="=" | "<" | "<=" | ">" | ">=", value=Number() | Truth()):
            return True
        case Membership(values=values):
            return not any(isinstance(v, Text) and not 0 < len(v.text) < LONG for v in values)
    return False


def _is_open(path: Path) -> bool:
    return FIELDS[path.name].type == "open" and bool(path.key)


def _value(path: Path, binds: Binds) -> str:
    """The field of a span as text, "" for unknown."""
    if not path.key:
        return f"toString({COLUMNS['spans'][path.name].sql})"
    value = f"{path.name}[{binds.text(path.key)}]"
    return value if path.name == "metadata" else f"trimLeft({value}, char(1))"
