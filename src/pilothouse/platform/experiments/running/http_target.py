"""An application behind HTTP as what an experiment runs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.retries import Retries
from pilothouse.evaluation.models.wire import retry_after_s
from pilothouse.evaluation.runner.targets import Answer
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.experiments.running.answers import FIELD, Call

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from pilothouse.evaluation.rows import Row

MOST_BYTES: Final = 16 * 2**20
"""Of one answer."""
_HOLE: Final = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_NAMES: Final = ("inputs", "metadata", "example_id")
_BUSY: Final = frozenset((429, 503))
"""The application did nothing yet, so that it may be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCalls:
    """Posts examples to an application."""

    url: str
    headers: Mapping[str, str]
    body_template: Any
    output_path: str
    client: ClientSession
    retries: Retries

    async def call(self, row: Row, note: Callable[[Call], None], traceparent: str) -> Answer:
        """The application's answer to an example; `note` is told the call, however it went."""
        started = time.time_ns()
        status = 0
        try:
            body = orjson.dumps(filled(self.body_template, row))
            status, payload = await self.retries.run(
                self.url, lambda: self._posted(body, traceparent)
            )
            outputs = at_path(payload, self.output_path)
        except ModelError as error:
            note(self._called(started, error.status or status, error.type, str(error)))
            raise
        called = self._called(started, status)
        note(called)
        return Answer(outputs=outputs, fields={FIELD: called.document()})

    async def _posted(self, body: bytes, traceparent: str) -> tuple[int, Any]:
        from aiohttp import ClientError

        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            **{name.lower(): value for name, value in self.headers.items()},  # each once
            "traceparent": traceparent,
        }
        try:
            async with self.client.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.content.read(MOST_BYTES + 1)
                while len(raw) <= MOST_BYTES and (more := await response.content.read(2**16)):
                    raw += more
                status, told = response.status, response.headers
        except TimeoutError:
            raise ModelError("Timeout", f"{self.url} did not answer in time") from None
        except (ClientError, OSError) as error:
            why = getattr(error, "os_error", None) or error  # which says more, where there is one
            raise ModelError("Unreachable", f"{self.url} cannot be reached: {why}") from None
        if len(raw) > MOST_BYTES:
            raise ModelError("TooLong", f"{self.url} answered more than 16 MiB", status=status)
        if not 200 <= status < 300:
            raise ModelError(
                "BadStatus",
                f"{self.url} answered {status}: {raw[:300].decode('utf-8', 'replace')}",
                status=status,
                retryable=status in _BUSY,
                retry_after_s=retry_after_s(told),
            )
        try:
            return status, orjson.loads(raw)
        except orjson.JSONDecodeError:
            said = raw[:300].decode("utf-8", "replace")
            raise ModelError("Malformed", f"{self.url} answered no JSON: {said}") from None

    def _called(self, started: int, status: int, error_type: str = "", error: str = "") -> Call:
        about: dict[str, Any] = {"http.request.method": "POST", "url.full": self.url}
        if status:
            about["http.response.status_code"] = status
        return Call(
            start_ns=started,
            end_ns=time.time_ns(),
            error_type=error_type,
            error=error,
            attributes=about,
        )


def check_template(template: Any) -> None:
    """Raise BadRequest for a name in a template that no example has."""
    if isinstance(template, str):
        for name in _HOLE.findall(template):
            if name.partition(".")[0] not in _NAMES:
                raise BadRequest(
                    f"target.body_template names {name!r}; there are {', '.join(_NAMES)}"
                )
    elif isinstance(template, Mapping):
        for value in template.values():
            check_template(value)
    elif isinstance(template, list):
        for value in template:
            check_template(value)


def filled(template: Any, row: Row) -> Any:
    """A template with what an example has. Raises ModelError for what it lacks."""
    if isinstance(template, Mapping):
        return {key: filled(value, row) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, row) for value in template]
    if not isinstance(template, str):
        return template
    known = {"inputs": row.inputs, "metadata": row.metadata, "example_id": row.example_id}
    whole = _HOLE.fullmatch(template)
    if whole is not None:
        return at_path(known, whole[1])

    def text(hole: re.Match[str]) -> str:
        value = at_path(known, hole[1])
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    return _HOLE.sub(text, template)


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path. Raises ModelError where nothing does."""
    found = value
    for step in path.split(".") if path else ():
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise ModelError("Missing", f"there is no {step!r} of {path!r} in {_short(value)}")
    return found


def _short(value: Any) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 200 else text[:200] + "…"
