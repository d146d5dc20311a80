"""Targets: checked and settled when an experiment is begun, made to be called when it runs."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from pilothouse.platform.addresses import checked_target, session
from pilothouse.platform.errors import BadRequest, Unavailable
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.sealing import Sealer, SealingError

if TYPE_CHECKING:
    from pilothouse.evaluation.models import ChatModel
    from pilothouse.evaluation.rows import Row
    from pilothouse.evaluation.runner.targets import Target
    from pilothouse.platform.experiments.running.answers import Call
    from pilothouse.platform.experiments.running.orders import Order
    from pilothouse.platform.experiments.running.shapes import HttpTarget, PromptTarget

Json = dict[str, Any]
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What the name of a header is made of."""
_OF_THE_CONNECTION: Final = ("connection", "content-length", "transfer-encoding")
Try = tuple[str, int]
"""An example and which repetition of it, from 0."""


class Models(Protocol):
    """What gives models by `provider/model`."""

    def chat(self, model: str, *, project_id: int = 0) -> ChatModel: ...


@dataclass(slots=True)
class Opened:
    """A target that may be called, and what was noted of its calls."""

    target: Target
    notes: dict[Try, Call] = field(default_factory=dict)


class Targets:
    """Makes targets of what people ask for."""

    def __init__(
        self, prompts: PromptService, models: Models, sealer: Sealer, *, private: bool
    ) -> None:
        """`private`: whether an application may be at an address of the server's own network."""
        self._prompts = prompts
        self._models = models
        self._sealer = sealer
        self._private = private

    def settled(self, asked: PromptTarget | HttpTarget, project_id: int) -> Json:
        """A target with nothing left to look up. Raises BadRequest, NotFound, Unavailable."""
        if asked.kind == "http":
            return self._http(asked)
        return self._prompt(asked, project_id)

    def _prompt(self, asked: PromptTarget, project_id: int) -> Json:
        from pilothouse.platform.experiments.running.prompt_target import check_runnable

        if asked.version is not None and asked.label is not None:
            raise BadRequest("target: give version or label, not both")
        ref = asked.label if asked.label is not None else str(asked.version or "latest")
        commit = self._prompts.resolve(asked.prompt, ref)
        if "files" in commit.manifest:
            raise BadRequest(f"{asked.prompt!r} is a folder of files and no prompt to run")
        check_runnable(asked.prompt, manifests.plain(dict(commit.manifest)))
        self._models.chat(asked.model, project_id=project_id)
        return {
            **asked.model_dump(exclude={"label"}),
            "version": commit.number,
            "hash": commit.hash,
        }

    def _http(self, asked: HttpTarget) -> Json:
        from pilothouse.platform.experiments.running.http_target import check_template

        checked_target(asked.url, private=self._private)
        check_template(asked.body_template)
        for name, value in asked.headers.items():
            if _HEADER.fullmatch(name) is None or not (value.isascii() and value.isprintable()):
                raise BadRequest(f"target.headers: {name!r} is nothing that a request can carry")
            if name.lower() in _OF_THE_CONNECTION:
                raise BadRequest(f"target.headers: {name!r} is told by whoever sends the request")
        try:
            sealed = self._sealer.seal(json.dumps(asked.headers)) if asked.headers else ""
        except SealingError as error:
            raise Unavailable(f"the headers cannot be kept: {error}") from None
        return {**asked.model_dump(exclude={"headers"}), "sealed_headers": sealed}

    @asynccontextmanager
    async def opened(self, order: Order) -> AsyncIterator[Opened]:
        """The target of an order, as long as the block lasts."""
        import asyncio

        if order.target["kind"] == "prompt":
            yield await asyncio.to_thread(self._asking, order)
            return
        async with session(private=self._private, timeout_s=order.timeout_s) as client:
            headers = await asyncio.to_thread(self._headers, order.target["sealed_headers"])
            yield _posting(order, client, headers)

    def _asking(self, order: Order) -> Opened:
        from pilothouse.evaluation.runner.targets import Target
        from pilothouse.platform.experiments.running.prompt_target import PromptCalls

        given = order.target
        commit = self._prompts.resolve(given["prompt"], given["hash"])
        calls = PromptCalls(
            plain=manifests.plain(dict(commit.manifest)),
            name=given["prompt"],
            number=commit.number,
            model=self._models.chat(given["model"], project_id=order.project_id),
            parameters=given["parameters"],
        )
        opened = Opened(Target(given["prompt"], None, True))

        async def call(row: Row, seed: int) -> Any:
            return await calls.call(row, lambda said: _note(opened, order, row, seed, said))

        opened.target = Target(given["prompt"], call, True, seeded=True)
        return opened

    def _headers(self, sealed: str) -> Mapping[str, str]:
        if not sealed:
            return {}
        try:
            headers: dict[str, str] = json.loads(self._sealer.unseal(sealed))
        except SealingError as error:
            raise Unavailable(f"the headers of the target cannot be read: {error}") from None
        return headers


def _posting(order: Order, client: Any, headers: Mapping[str, str]) -> Opened:
    # Any: aiohttp's client, which is imported late
    from pilothouse.evaluation.models.retries import Retries, RetryPolicy
    from pilothouse.evaluation.runner.targets import Target
    from pilothouse.platform.experiments.running.http_target import HttpCalls
    from pilothouse.platform.experiments.running.spans import ids_of

    given = order.target
    calls = HttpCalls(
        url=given["url"],
        headers=headers,
        body_template=given["body_template"],
        output_path=given["output_path"],
        client=client,
        retries=Retries(RetryPolicy(deadline_s=order.timeout_s)),
    )
    opened = Opened(Target(given["url"], None, True))

    async def call(row: Row, seed: int) -> Any:
        trace, root, _ = ids_of(order.experiment_id, *_try_of(order, row, seed))
        parent = f"00-{trace}-{root}-01"
        return await calls.call(row, lambda said: _note(opened, order, row, seed, said), parent)

    opened.target = Target(given["url"], call, True, seeded=True)
    return opened


def _note(opened: Opened, order: Order, row: Row, seed: int, said: Call) -> None:
    opened.notes[_try_of(order, row, seed)] = said


def _try_of(order: Order, row: Row, seed: int) -> Try:
    """Which try a call is of: the runner tells each by a seed of its own."""
    from pilothouse.evaluation.runner.engine import item_seed

    example = row.example_id or ""
    tries = range(order.repetitions)
    return example, next(each for each in tries if item_seed(0, example, each) == seed)
