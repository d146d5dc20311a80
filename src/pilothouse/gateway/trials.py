"""What is compared on live traffic: arms of a route, who gets which, and what an arm changes.

Who gets which follows from a keyed hash of the unit alone, so that it holds in every process and
after every start. Weighted rendezvous (Thaler and Ravishankar 1998; Schindelhauer and Schomaker
2005): when weights change, only as many units move as have to, and none between arms whose weights
did not change.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from math import log
from typing import Any, Final, Literal

Unit = Literal["user", "session", "key", "header", "request"]
UNITS: Final[tuple[Unit, ...]] = ("user", "session", "key", "header", "request")
Compared = Literal["exact", "similarity", "judge"]
_PARTS: Final = 2**64
_HOLDOUT: Final = "\x00holdout"
_SYSTEM: Final = frozenset(("system", "developer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One of what is compared. Without changes it is the route as it stands."""

    name: str
    weight: float = 1.0
    model: str = ""
    """A route or a `provider/model`; "" for the route's own targets."""
    system: str | None = None
    """In place of the system messages of a request."""
    prompt: tuple[str, str] | None = None
    """Name and version of the prompt that `system` comes from."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the body that are put in place of the client's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A split of a route's traffic."""

    name: str
    arms: tuple[Arm, ...]
    unit: Unit = "user"
    header: str = ""
    """The header that tells the unit, where the unit is `header`."""
    salt: str = ""
    """Secret: whoever knows it can choose an arm by choosing a name."""
    holdout: float = 0.0
    """The share of units that stay outside and get the route as it is."""
    excluded: tuple[str, ...] = ()
    """Names and globs of units that stay outside."""
    step: int = 0
    """Rises with each change of weights: only what happened in one step is compared."""
    rescues: bool = False
    """Whether a call that an arm's model fails is answered by the route as it is."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A shadow: calls of a route that are asked of another model, too."""

    name: str
    arm: Arm
    share: float
    salt: str = ""
    step: int = 0
    most_at_once: int = 8
    timeout_s: float = 60.0
    budget_nano: int | None = None
    """Of a day (UTC); None for no bound."""
    compare: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What goes on on one route."""

    base: Arm | None = None
    """What everybody gets who is in no split: an arm that was promoted."""
    split: Trial | None = None
    mirror: Mirror | None = None


def digest_of(salt: str, unit: str) -> str:
    """What stands for a unit in records: 16 hex digits that tell nobody its name."""
    return _hashed(salt, unit, "").hex()


def assigned(trial: Trial, unit: str) -> Arm | None:
    """The arm of a unit; None where it stays outside, and where no arm has a weight."""
    if any(fnmatchcase(unit, pattern) for pattern in trial.excluded):
        return None
    if trial.holdout and share_of(trial.salt, unit, _HOLDOUT) < trial.holdout:
        return None
    best: Arm | None = None
    nearest = 0.0
    for arm in trial.arms:
        if arm.weight <= 0:
            continue
        # The arm with the smallest exponential time at the rate of its weight.
        time = -log(share_of(trial.salt, unit, arm.name)) / arm.weight
        if best is None or time < nearest:
            best, nearest = arm, time
    return best


def share_of(salt: str, unit: str, what: str) -> float:
    """A number in (0, 1] that is uniform over units, and always the same for one."""
    return (int.from_bytes(_hashed(salt, unit, what), "big") + 1) / _PARTS


@functools.lru_cache(maxsize=1024)
def _key_of(salt: str) -> bytes:
    return hashlib.blake2b(salt.encode(), digest_size=32).digest()


def _hashed(salt: str, unit: str, what: str) -> bytes:
    said = f"{unit}\x00{what}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, key=_key_of(salt), digest_size=8).digest()


def changed_body(arm: Arm, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body as an arm has it asked; the very same where the arm changes nothing of it."""
    if arm.system is None and not arm.parameters:
        return body
    found = {**body, **arm.parameters}
    if arm.system is None:
        return found
    if path == "/responses":
        found["instructions"] = arm.system
    elif path == "/messages":
        found["system"] = arm.system
    elif path == "/chat/completions":
        given = body.get("messages")
        messages = given if isinstance(given, list) else []
        said = [each for each in messages if not _is_system(each)]
        found["messages"] = [{"role": "system", "content": arm.system}, *said]
    return found


def _is_system(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") in _SYSTEM
