"""Rows for experiments from a server: its datasets, and what it has recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar, Final, Literal
from urllib.parse import parse_qsl, unquote

from pilothouse.client import Client
from pilothouse.client.calls import When
from pilothouse.client.errors import PilothouseError
from pilothouse.evaluation.models.functions import in_thread
from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.gates import nearest

Where = str | Callable[[Mapping[str, Any]], Any]
"""A dotted path into a span (`output.answer`, `messages_in.0`), or a function of it."""
Rows = Iterator[Mapping[str, Any]]
_PIECE: Final = 100  # rows between two looks at what else waits
_OPTIONS: Final = {
    "dataset": ("version", "split", "filter"),
    "traces": ("filter", "q", "since", "until", "limit", "inputs", "outputs", "reference"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedRows:
    """Rows that a server holds, asked for as they are needed; they may be read several times."""

    replayable: ClassVar[bool] = True
    about: Mapping[str, Any] = field(default_factory=dict)
    """Of a dataset: `dataset_id`, `dataset`, `version` and `split`."""
    read: Callable[[Client], Rows]
    client: Client | None = None
    count: int | None = None

    def __iter__(self) -> Rows:
        with _asked(self.client) as client:
            yield from self.read(client)

    async def __aiter__(self) -> AsyncIterator[Mapping[str, Any]]:
        rows = iter(self)
        while some := await in_thread(lambda: list(islice(rows, _PIECE))):
            for row in some:
                yield row


def from_dataset(
    name: str,
    *,
    version: str | None = None,
    split: str | None = None,
    filter: str | None = None,
    client: Client | None = None,
) -> ServedRows:
    """The examples of a dataset of the server, as of a version, else as it is now.

    `version` is a time or a tag. Without a `client` the server is that of PILOTHOUSE_ENDPOINT.
    Raises BadData where there is no such dataset, or no server.
    """
    with _asked(client) as asked:
        found = next(asked.datasets(name=name, limit=1), None)
        if found is None:
            raise BadData(_no_dataset(name, asked))
    pinned = version or found["version"]
    whole = version is None and split is None and filter is None

    def read(asked: Client) -> Rows:
        for example in asked.examples(found["id"], as_of=pinned, split=split, filter=filter):
            yield {
                "id": example["id"],
                "inputs": example["inputs"],
                "reference_outputs": example["outputs"],
                "metadata": example["metadata"],
                "fields": {"splits": example["splits"]},
            }

    about = {"dataset_id": found["id"], "dataset": name, "version": pinned, "split": split}
    count = found["example_count"] if whole else None
    return ServedRows(about=about, read=read, client=client, count=count)


def from_traces(
    project: str,
    *,
    scope: Literal["traces", "spans"] = "traces",
    filter: str | None = None,
    q: str | None = None,
    since: When | None = None,
    until: When | None = None,
    limit: int | None = None,
    inputs: Where = "input",
    outputs: Where = "output",
    reference: Where | None = None,
    client: Client | None = None,
) -> ServedRows:
    """What a server has recorded as rows, the newest first: of each trace its root, or spans.

    The outputs are judged where the target is None, and are the reference otherwise. `contexts`
    are the documents that were retrieved; rows of a session are a cluster. What comes in while an
    experiment runs is not part of it. Raises BadData where the server says no.
    """
    ended = until or datetime.now(UTC)

    def row_of(root: Mapping[str, Any], spans: list[Any], scores: list[Any]) -> dict[str, Any]:
        trace = root["trace_id"]
        kept = ("trace_id", "span_id", "name", "session_id", "user_id", "tags", "environment")
        row = {
            "id": trace if scope == "traces" else f"{trace}:{root['span_id']}",
            "inputs": _at(root, inputs),
            "outputs": _at(root, outputs),
            "metadata": {"project": project, **{name: root.get(name) for name in kept}},
            "cluster": root.get("session_id") or trace,
            "fields": {
                "latency_ms": root.get("duration_ms"),
                "cost": (root.get("cost") or {}).get("total"),
                "contexts": [d["content"] for s in spans for d in s.get("documents") or ()],
                "scores": {
                    s["name"]: s["label"] if s["value"] is None else s["value"]
                    for s in scores
                    if s["status"] == "ok"
                },
            },
        }
        if reference is not None:
            row["reference_outputs"] = _at(root, reference)
        return row

    def read(asked: Client) -> Rows:
        recorded = asked.export_rows(
            scope, project=project, filter=filter, q=q, since=since, until=ended
        )
        for found in islice(recorded, limit):
            if scope == "spans":
                yield row_of(found, [found], found["scores"])
                continue
            trace, spans = found["trace"], found["spans"]
            for root in spans:
                if root["span_id"] == trace["root_span_id"]:
                    yield row_of(root, spans, trace["scores"])

    return ServedRows(read=read, client=client)


def served(text: str) -> ServedRows:
    """Data of a server as a suite names them: `dataset:refunds?split=hard`, `traces:support`.

    A text without a kind is a dataset. What follows the question mark are the arguments of
    `from_dataset` and `from_traces`. Raises BadData for what nobody knows.
    """
    kind, colon, rest = text.partition(":")
    if not colon:
        kind, rest = "dataset", text
    name, _, query = rest.partition("?")
    known = _OPTIONS["dataset" if kind == "dataset" else "traces"]
    options: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    for key in options:
        if key not in known:
            raise BadData(f"{text!r} says {key!r}, which nobody knows{nearest(key, known)}")
    if not name:
        raise BadData(f"{text!r} names nothing: write {kind}:NAME")
    if kind == "dataset":
        return from_dataset(unquote(name), **options)
    if "limit" in options:
        if not options["limit"].isdecimal():
            raise BadData(f"limit of {text!r} has to be a whole number")
        options["limit"] = int(options["limit"])
    scope: Literal["traces", "spans"] = "spans" if kind == "spans" else "traces"
    return from_traces(unquote(name), scope=scope, **options)


@contextmanager
def _asked(client: Client | None) -> Iterator[Client]:
    """The client, or one of its own for the while. Raises BadData for what the server refuses."""
    try:
        if client is not None:
            yield client
            return
        with Client() as own:
            yield own
    except PilothouseError as e:
        raise BadData(f"the data cannot be read from the server: {e}") from e


def _no_dataset(name: str, client: Client) -> str:
    names = [dataset["name"] for dataset in client.datasets(limit=500)]
    where = f"on {client.endpoint}, and no file"
    return f"there is no dataset {name!r} {where}{nearest(name, names)}"


def _at(span: Mapping[str, Any], where: Where) -> Any:
    """What a span has there; None where there is nothing."""
    if callable(where):
        return where(span)
    value: Any = span
    for step in where.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif (
            isinstance(value, list)
            and step.lstrip("-").isdecimal()
            and -len(value) <= int(step) < len(value)
        ):
            value = value[int(step)]
        else:
            return None
    return value
