"""Which handler answers a path: whole paths by one look-up, templates one after the other."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.routing import compile_path

from pilothouse.serving.call import Call
from pilothouse.serving.dialects import Dialect, native
from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.metrics import Metrics
from pilothouse.serving.mounts import Mount
from pilothouse.serving.replies import Reply

Handler = Callable[[Call], Awaitable[Reply]]


class Route:
    """A handler and what is asked before it."""

    def __init__(
        self,
        template: str,
        handler: Handler,
        dialect: Dialect,
        scope: str | None,
        mount: Mount | None,
    ) -> None:
        self.template = template
        self.handler = handler
        self.dialect = dialect
        self.scope = scope
        """What a key must allow; "": any key will do; None: no key is asked for."""
        self.mount = mount
        self._counters: dict[tuple[str, int], Any] = {}
        self._seconds: Any = None

    @property
    def summary(self) -> str:
        """What it does, in one line; "" where its handler does not say."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]

    def count(self, metrics: Metrics, method: str, status: int, seconds: float) -> None:
        """One answered request."""
        counter = self._counters.get((method, status))
        if counter is None:
            counter = metrics.requests.labels(self.template, method, str(status))
            self._counters[method, status] = counter
            self._seconds = metrics.seconds.labels(self.template)
        counter.inc()
        self._seconds.observe(seconds)


class Router:
    """All routes of an app."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, str], Route] = {}
        self._templates: list[tuple[str, re.Pattern[str], Route]] = []

    def add(
        self,
        methods: str,
        template: str,
        handler: Handler,
        *,
        dialect: Dialect = native,
        scope: str | None = "invoke",
        mount: Mount | None = None,
    ) -> None:
        """`methods` are separated by spaces; a path that is there already stays as it is."""
        route = Route(template, handler, dialect, scope, mount)
        for method in methods.split():
            if "{" in template:
                self._templates.append((method, compile_path(template)[0], route))
            else:
                self._whole.setdefault((method, template), route)

    def find(self, call: Call, path: str) -> Route:
        """The route, with what its template names put into the call; raises NotFound, or 405."""
        if "\x00" in path:
            raise NotFound("no path has a NUL, nor anything that is kept")
        found = self._whole.get((call.method, path))
        if found is not None:
            return found
        others = {m for m, p in self._whole if p == path}
        for method, pattern, route in self._templates:
            match = pattern.match(path)
            if match is None:
                continue
            if method == call.method:
                call.params = match.groupdict()
                return route
            others.add(method)
        if others:
            call.head.append((b"allow", ", ".join(sorted(others)).encode()))
            raise Refusal(
                f"{call.method} is not allowed here", status=405, code="method_not_allowed"
            )
        raise NotFound(f"there is no {path}")

    @property
    def templates(self) -> list[tuple[str, str, str]]:
        """(method, template, what it does) of every route, sorted by template."""
        whole = [(route, method) for (method, _), route in self._whole.items()]
        named = [(route, method) for method, _, route in self._templates]
        found = {(route.template, method): route for route, method in [*named, *whole]}
        return [(method, each, found[each, method].summary) for each, method in sorted(found)]


UNKNOWN: Final = "(unknown)"
"""The template of what no route answers."""
