"""What a provider says it was asked and what that costs, by day and model."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

from pilothouse.platform.errors import BadRequest

Provider = Literal["openai", "anthropic"]
NAMES: Final = {"openai": "OpenAI", "anthropic": "Anthropic"}
TYPES: Final = ("input", "cached", "cache_write", "output")
"""Types of tokens that are compared; cached and written ones are parts of the input."""
MODEL_CALLS: Final = "completions"

_DATE: Final = re.compile(r"-(?:20\d\d-?[01]\d-?[0-3]\d|latest)$")
_SIGNS: Final = re.compile(r"[\s._@:]+")
_YEARS: Final = range(1970, 9999)
"""In which days of bills lie; there is a day after each."""


@dataclass(slots=True)
class Billed:
    """What the provider says of a model on a day. Not frozen: lines are added up in it."""

    day: date
    model: str
    """As the provider writes it; what is no model, as a web search, under its own name."""
    kind: str = MODEL_CALLS
    """What was asked for: completions, embeddings, images …"""
    tokens: dict[str, int] = field(default_factory=dict)
    """By type; a type that the file does not tell is missing."""
    requests: int | None = None
    cost: float | None = None
    """US dollars."""

    def __post_init__(self) -> None:
        # Half of a character, which JSON may escape, could not be answered.
        self.model = self.model.encode("utf-8", "replace").decode()
        self.kind = self.kind.encode("utf-8", "replace").decode()

    def add(self, other: Billed) -> None:
        for name, number in other.tokens.items():
            self.tokens[name] = self.tokens.get(name, 0) + number
        if other.requests is not None:
            self.requests = (self.requests or 0) + other.requests
        if other.cost is not None:
            self.cost = (self.cost or 0.0) + other.cost


@dataclass(slots=True)
class Bill:
    """A provider's file."""

    provider: Provider
    by_model: dict[tuple[date, str], Billed] = field(default_factory=dict)
    """By day and key of the model."""
    off_midnight: bool = False
    """Whether its days begin at another hour than midnight in UTC."""

    def add(self, line: Billed) -> None:
        known = self.by_model.setdefault(
            (line.day, model_key(line.model)), Billed(line.day, line.model, line.kind)
        )
        known.add(line)

    @property
    def days(self) -> tuple[date, date]:
        """The first day and the last."""
        days = [day for day, _ in self.by_model]
        return min(days), max(days)

    @property
    def has_tokens(self) -> bool:
        return any(line.tokens for line in self.by_model.values())

    @property
    def has_costs(self) -> bool:
        return any(line.cost is not None for line in self.by_model.values())


def model_key(name: str) -> str:
    """What spellings of one model have in common: `Claude Haiku 4.5`, `claude-haiku-4-5-20251001`.

    The date of a version is left out: applications often name the model without it.
    """
    plain = _SIGNS.sub("-", name.strip().lower().rpartition("/")[2])
    return _DATE.sub("", plain)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, for whoever has to mend it."""

    where: str
    details: dict[str, Any]  # Any: JSON

    def wrong(self, problem: str) -> BadRequest:
        """What is said of a mistake there."""
        return BadRequest(f"{self.where}: {problem}", {"parameter": "file", **self.details})


def number_of(given: object, place: Place) -> float:
    """A number that is not negative, also written as text. Raises BadRequest."""
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise place.wrong(f"{_short(given)} is no number")
    try:
        number = float(given)
    except ValueError:
        raise place.wrong(f"{_short(given)} is no number") from None
    except OverflowError:
        number = math.inf
    if not 0 <= number < 1e18:
        raise place.wrong(f"{_short(given)} is no possible number")
    return number


def amount_of(given: object, place: Place) -> float:
    """Dollars, below 0 for a credit. Raises BadRequest."""
    if isinstance(given, (int, float, str)) and str(given).strip().startswith("-"):
        return -number_of(str(given).strip()[1:], place)
    return number_of(given, place)


def moment_of(given: object, place: Place) -> datetime:
    """A moment: seconds since 1970, RFC 3339, or a day. Raises BadRequest."""
    text = str(given).strip()
    try:
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        told = datetime.fromisoformat(text)
        moment = told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise place.wrong(f"{_short(given)} is no time") from None
    if moment.year not in _YEARS:
        raise place.wrong(f"{_short(given)} is no time of a bill")
    return moment


def _short(given: object) -> str:
    return repr(given)[:60]
