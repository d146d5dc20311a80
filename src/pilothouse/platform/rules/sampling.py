"""Which of what a rule finds it judges.

Every draw is a number of the entity's own, so that retries, back-fills and other servers agree.
What is judged keeps the share of its like that is: one over that is what it counts for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Some of what a rule finds, of which another share is judged."""

    filter: str
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a rule chooses beside its rate."""

    dense: bool = False
    """Draw by the entity alone: of two rules the one of the lower rate judges some of the same."""
    strata: tuple[Stratum, ...] = ()
    """The first whose filter holds for an entity says its rate."""
    new_prompts_h: float | None = None
    """All with a version of a prompt that first came up in so many hours are judged."""
    per_hour: int | None = None
    """At most so many of an hour, drawn when it is over; strata come on top."""

    def draw(self, entity: str, rule_id: str) -> float:
        """A number from 0 to 1 that is the entity's own, whoever asks and when."""
        key = entity + self.salt(rule_id)
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest) / 2.0**256

    def salt(self, rule_id: str) -> str:
        """What is hashed behind an entity's key, so that it is another number for each rule."""
        return "" if self.dense else f":{rule_id}"

    def stored(self) -> dict[str, Any]:
        """What is not as it is by default, as JSON."""
        strata = [{"filter": one.filter, "rate": one.rate} for one in self.strata]
        every = {
            "dense": self.dense,
            "strata": strata,
            "new_prompts_h": self.new_prompts_h,
            "per_hour": self.per_hour,
        }
        return {name: value for name, value in every.items() if value not in (False, [], None)}


def sampling_of(stored: Mapping[str, Any]) -> Sampling:
    """What `stored` gave; a newer server's further fields are left alone."""
    return Sampling(
        dense=bool(stored.get("dense", False)),
        strata=tuple(
            Stratum(filter=one["filter"], rate=one["rate"]) for one in stored.get("strata", ())
        ),
        new_prompts_h=stored.get("new_prompts_h"),
        per_hour=stored.get("per_hour"),
    )
