"""Routes of the records and of a file, with the providers that they lead to."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pilothouse.gateway import config as written
from pilothouse.gateway.guardrails.config import BUILTIN, GuardrailConfig
from pilothouse.gateway.models import Endpoint, Table, Type
from pilothouse.platform.errors import ApiError, BadRequest, Conflict, NotFound
from pilothouse.platform.gateway import records as kept
from pilothouse.platform.gateway.guardrails import GatewayGuardrails
from pilothouse.platform.gateway.models import KeptGuardrail, KeptRoute
from pilothouse.platform.providers.asking import vendor_at
from pilothouse.platform.providers.service import Providers
from pilothouse.platform.records import Records

log = logging.getLogger("pilothouse.gateway")

FRESH_S: Final = 2.0
"""How old the table may be: so long a provider is asked with its former key."""


class GatewayTables:
    """What can be asked for. A route of the file cannot be changed over REST."""

    def __init__(
        self,
        records: Records,
        providers: Providers,
        guardrails: GatewayGuardrails,
        path: Path | None,
    ) -> None:
        """`path` is that of the file. Raises ConfigError for one that cannot be used."""
        self._records = records
        self._providers = providers
        self._guardrails = guardrails
        self._path = path
        self._lock = threading.Lock()
        self._table: Table | None = None
        self._until = 0.0
        self._changes = 0
        self.file = written.GatewayConfig() if path is None else written.read(path)
        for line in self.problems():
            log.warning("the gateway's routes: %s", line)
        providers.when_changed(self._forget)

    def current(self) -> Table | None:
        """The table, if it was read a moment ago."""
        return self._table if time.monotonic() < self._until else None

    async def read(self) -> Table:
        """The table as it is now."""
        return await asyncio.to_thread(self._read)

    def now(self) -> Table:
        """The table as of a moment ago; not on the event loop."""
        return self.current() or self._read()

    def reload(self) -> list[str]:
        """Read the file again; what is wrong with the routes, a line each. Raises BadRequest."""
        if self._path is not None:
            try:
                self.file = written.read(self._path)
            except written.ConfigError as error:
                raise BadRequest(str(error)) from None
        self._forget()
        return self.problems()

    def problems(self) -> list[str]:
        """What is wrong with the routes, a line each."""
        routes = {each.name: _parsed(each) for each in self.kept()}
        routes |= {each.name: each for each in self.file.models}
        made = self._guardrails.made(self.file.guardrails)
        wrong = written.problems(routes, self.file.aliases, self._endpoints(), made.every)
        return [*wrong, *made.problems, *self.file.unsupported]

    def kept(self) -> list[KeptRoute]:
        """The routes of the records, by name."""
        with self._records.read() as session:
            return kept.routes(session)

    def get(self, name: str) -> KeptRoute:
        """One of them. Raises NotFound."""
        for each in self.kept():
            if each.name == name:
                return each
        raise NotFound(f"there is no route {name!r}")

    def put(self, name: str, route: written.RouteConfig) -> KeptRoute:
        """Write a route. Raises BadRequest, and Conflict for one of the file."""
        if not name.strip() or len(name) > written.LONGEST_NAME or not name.isprintable():
            raise BadRequest(f"a route needs a name of up to {written.LONGEST_NAME} characters")
        self._refuse_file(name)
        every = {each.name: _parsed(each) for each in self.kept()}
        every |= {each.name: each for each in self.file.models}
        checks = self._guardrails.made(self.file.guardrails).every
        others = written.problems(every, self.file.aliases, self._endpoints(), checks)
        every[name] = route
        wrong = written.problems(every, self.file.aliases, self._endpoints(), checks)
        if new := [line for line in wrong if line not in others]:
            raise BadRequest("; ".join(new))
        with self._records.write() as session:
            kept.put_route(session, name, route.model_dump(mode="json"))
        self._forget()
        return self.get(name)

    def remove(self, name: str) -> None:
        """Remove a route. Raises NotFound, and Conflict for one of the file."""
        self._refuse_file(name)
        with self._records.write() as session:
            gone = kept.remove_route(session, name)
        if not gone:
            raise NotFound(f"there is no route {name!r}")
        self._forget()

    def put_guardrail(self, name: str, config: GuardrailConfig) -> KeptGuardrail:
        """Write a guardrail. Raises BadRequest, and Conflict for one of the file."""
        self._refuse_file_guardrail(name)
        kept_one = self._guardrails.put(name, config)
        self._forget()
        return kept_one

    def remove_guardrail(self, name: str, keys: Iterable[str]) -> None:
        """Remove a guardrail. Raises NotFound, and Conflict for one that is named somewhere.

        `keys` are the names of keys that name it.
        """
        self._refuse_file_guardrail(name)
        users = [f"route {route!r}" for route in self.naming_guardrails().get(name, [])]
        is_builtin = name in BUILTIN  # what was written in its place goes, it stays
        users += [f"key {key!r}" for key in keys]
        self._guardrails.remove(name, [] if is_builtin else users)
        self._forget()

    def naming_guardrails(self) -> dict[str, list[str]]:
        """The names of routes by the guardrails that they name."""
        routes = {each.name: _parsed(each) for each in self.kept()}
        routes |= {each.name: each for each in self.file.models}
        found: dict[str, list[str]] = {}
        for route, config in sorted(routes.items()):
            for name in dict.fromkeys(check for check, _ in config.named_guardrails):
                found.setdefault(name, []).append(route)
        return found

    def _refuse_file_guardrail(self, name: str) -> None:
        if any(each.get("name") == name for each in self.file.guardrails):
            raise Conflict(f"guardrail {name!r} stands in {self._path}: change it there")

    def _refuse_file(self, name: str) -> None:
        if any(each.name == name for each in self.file.models):
            raise Conflict(f"route {name!r} stands in {self._path}: change it there")

    def _forget(self) -> None:
        with self._lock:
            self._changes += 1
            self._until = 0.0

    def _read(self) -> Table:
        with self._lock:
            before = self._changes
        endpoints = self._endpoints()
        configs: dict[str, written.RouteConfig] = {each.name: _parsed(each) for each in self.kept()}
        configs |= {each.name: each for each in self.file.models}
        routes = {name: each.route(name, endpoints) for name, each in configs.items()}
        checks = self._guardrails.made(self.file.guardrails)
        table = Table(
            routes={name: route for name, route in routes.items() if route is not None},
            aliases=dict(self.file.aliases),
            endpoints=endpoints,
            guardrails=checks.every,
            everywhere=checks.everywhere,
        )
        with self._lock:
            self._table = table
            if before == self._changes:
                self._until = time.monotonic() + FRESH_S
        return table

    def _endpoints(self) -> dict[str, Endpoint]:
        found: dict[str, Endpoint] = {}
        for provider in self._providers.every():
            try:
                key = self._providers.key_of(provider)
            except ApiError as error:  # one whose key cannot be read harms no other
                log.warning("the gateway leaves a provider out: %s", error.message)
                continue
            found[provider.name] = _endpoint(
                provider.name, provider.kind, provider.base_url, key, provider.models
            )
        for name, each in self.file.providers.items():
            made = _endpoint(name, each.type, each.base_url, each.api_key, tuple(each.models))
            found[name] = replace(made, headers=tuple(each.headers.items()))
        return found


def _endpoint(name: str, type: Type, base_url: str, key: str, models: tuple[str, ...]) -> Endpoint:
    vendor = vendor_at(base_url)
    if vendor == "anthropic":  # whose imitation of OpenAI's HTTP leaves half of it out
        type = "anthropic"
    if type == "anthropic" and not base_url.endswith("/v1"):  # as Anthropic's clients write it
        base_url += "/v1"
    return Endpoint(
        name=name, base_url=base_url, api_key=key, type=type, vendor=vendor, models=models
    )


def _parsed(route: KeptRoute) -> written.RouteConfig:
    config: Mapping[str, Any] = route.config
    return written.RouteConfig.model_validate(config)
