"""Guardrails of the records and of a file: kept, made, and what names them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from pilothouse.gateway.guardrails.config import BUILTIN, GuardrailConfig, NameOf, read
from pilothouse.gateway.guardrails.models import Asks, Check, Guardrail, Judgement, Subject
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.gateway import guardrail_records as kept
from pilothouse.platform.gateway.models import KeptGuardrail
from pilothouse.platform.records import Records

_MOST_MADE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Guardrails that can be named, and what is wrong with the others."""

    every: dict[str, Guardrail] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def everywhere(self) -> tuple[Guardrail, ...]:
        """Those that look at every call."""
        return tuple(each for each in self.every.values() if each.is_everywhere)


class GatewayGuardrails:
    """The guardrails of this server's gateway. One of the file cannot be changed over REST."""

    def __init__(self, records: Records, asks: Asks) -> None:
        self._records = records
        self._asks = asks
        self._lock = threading.Lock()
        self._made: dict[bytes, Guardrail | str] = {}
        """By name and configuration: patterns are compiled once."""

    def kept(self) -> list[KeptGuardrail]:
        """Those of the records, by name."""
        with self._records.read() as session:
            return kept.guardrails(session)

    def configs(self, filed: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """All by name: built-in ones, those of the records, those of the file."""
        found = {name: dict(each) for name, each in BUILTIN.items()}
        found |= {each.name: each.config for each in self.kept()}
        for each in filed:
            rest = dict(each)
            found[str(rest.pop("name", ""))] = rest
        return found

    def made(self, filed: Iterable[Mapping[str, Any]]) -> Made:
        """All of them, made; one that cannot be is left out and told of."""
        every: dict[str, Guardrail] = {}
        problems: list[str] = []
        for name, config in self.configs(filed).items():
            found = self._one(name, config)
            if isinstance(found, str):
                problems.append(f"guardrail {name!r}: {found}")
                if _holds_for_all(config):
                    every[name] = _unmade(name, config, found)
            else:
                every[name] = found
        return Made(every=every, problems=problems)

    def make(self, name: str, config: GuardrailConfig) -> Guardrail:
        """One that is not kept, or not yet. Raises BadRequest."""
        try:
            return config.made(NameOf.validate_python(name), self._asks)
        except ValueError as error:
            raise BadRequest(f"guardrail {name!r}: {_line(error)}") from None

    def put(self, name: str, config: GuardrailConfig) -> KeptGuardrail:
        """Write one. Raises BadRequest."""
        self.make(name, config)
        with self._records.write() as session:
            kept.put(session, name, config.model_dump(mode="json"))
        return next(each for each in self.kept() if each.name == name)

    def remove(self, name: str, users: Iterable[str]) -> None:
        """Remove one. Raises NotFound, and Conflict where `users` name it."""
        if named := list(users):
            raise Conflict(f"guardrail {name!r} is named by {', '.join(named[:5])}: take it away")
        with self._records.write() as session:
            gone = kept.remove(session, name)
        if not gone:
            raise NotFound(f"there is no guardrail {name!r} that could be removed")

    def _one(self, name: str, config: Mapping[str, Any]) -> Guardrail | str:
        key = orjson.dumps([name, config], option=orjson.OPT_SORT_KEYS, default=str)
        with self._lock:
            found = self._made.get(key)
        if found is None:
            try:
                found = read(config).made(NameOf.validate_python(name), self._asks)
            except ValueError as error:
                found = _line(error)
            with self._lock:
                if len(self._made) >= _MOST_MADE:
                    self._made.clear()
                self._made[key] = found
        return found


def _holds_for_all(config: Mapping[str, Any]) -> bool:
    """Whether no call may pass without it."""
    may_miss = config.get("fail") == "open" or config.get("on_violation") == "flag"
    is_logged = config.get("mode") in ("logging_only", ["logging_only"])
    return config.get("default_on") is True and not may_miss and not is_logged


def _unmade(name: str, config: Mapping[str, Any], why: str) -> Guardrail:
    """One that cannot be made, in its place: it never has a verdict, and fails closed."""

    async def judge(_: Subject) -> Judgement:
        raise RuntimeError(why)

    return Guardrail(
        name=name,
        type=str(config.get("type", "")),
        check=Check(judge=judge),
        digest="unmade",
        stages=("input",),
        is_everywhere=True,
    )


def _line(error: ValueError) -> str:
    return " ".join(str(error).split())
