"""Bound parameters: user text reaches the engine beside the SQL, never inside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

_FIRST_US: Final = -2_208_988_800_000_000  # DateTime64(6) spans the years 1900 to 2299
_LAST_US: Final = 10_413_791_999_999_999
_LAST_S: Final = 4_294_965_600  # the last full hour of DateTime


class Binds:
    """Collects values and answers the placeholder that stands for each in the SQL."""

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}

    def _add(self, value: Any, type_name: str) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"{{{name}:{type_name}}}"

    def projects(self, numbers: Iterable[int]) -> str:
        """The condition that a row is of one of some projects."""
        kept = list(numbers)
        if len(kept) == 1:
            return f"project = {self.integer(kept[0])}"
        return f"project IN {self.integers(kept)}"

    def text(self, value: str) -> str:
        return self._add(value.encode("utf-8", "replace").decode(), "String")

    def texts(self, values: Iterable[str]) -> str:
        kept = [value.encode("utf-8", "replace").decode() for value in values]
        return self._add(kept, "Array(String)")

    def integer(self, value: int) -> str:
        return self._add(value, "Int64")

    def integers(self, values: Iterable[int]) -> str:
        return self._add(list(values), "Array(UInt32)")

    def wide(self, values: Iterable[int]) -> str:
        return self._add(list(values), "Array(UInt64)")

    def number(self, value: float) -> str:
        return self._add(float(value), "Float64")

    def moment(self, value: datetime) -> str:
        """A DateTime64(6); what lies beyond its calendar ends at its edge."""
        return f"fromUnixTimestamp64Micro({self.integer(micros_of(value))}, 'UTC')"

    def micros(self, value: int) -> str:
        return f"fromUnixTimestamp64Micro({self.integer(value)}, 'UTC')"

    def hour(self, seconds: int) -> str:
        """A DateTime, for comparison with `hour`."""
        return f"toDateTime({self._add(max(0, min(seconds, _LAST_S)), 'UInt32')}, 'UTC')"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970, exact, within what the tables can hold."""
    since = moment - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return max(_FIRST_US, min(micros, _LAST_US))


def hour_of(moment: datetime) -> int:
    """Seconds since 1970 of the full hour that holds the moment."""
    return micros_of(moment) // 3_600_000_000 * 3600


def like(text: str) -> str:
    """The text with the signs of LIKE made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
