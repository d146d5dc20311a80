"""Brings an experiment that was run here to the server: a trace a row, a score a verdict.

Every id follows from the experiment and the row, so that sending a row again changes nothing.
Scores go before their trace: a trace that is there has all of them, and is not sent again unless
its row was done anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from uuid import UUID, uuid5

from pilothouse.client import Client
from pilothouse.client.errors import ApiError, Conflict, NotFound
from pilothouse.client.models import Dataset, Score
from pilothouse.client.models import Example as ServedExample
from pilothouse.evaluation.results import EvaluationResult, Kind
from pilothouse.evaluation.runner.documents import digest
from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.experiment import Experiment, load_experiment
from pilothouse.evaluation.runner.records import RowResult, result_document

T = TypeVar("T")
_NAMESPACE: Final = UUID("7b1f6a52-6c1e-5d0b-9a52-2f7f1f0f4c11")
_ROWS: Final = 100
_SCORES: Final = 1000  # the server takes no more at once
_TOO_LARGE: Final = 413
_DIGEST: Final = "row_digest"
"""Metadata of a run by which a row that was done anew is told from one that is there."""
_SOURCES: Final[Mapping[Kind, Literal["judge", "code", "human"]]] = {
    "llm": "judge",
    "code": "code",
    "human": "human",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """An experiment on the server."""

    id: str
    name: str
    dataset_id: str
    sent: int
    """Rows that were sent now."""
    earlier: int
    """Rows that were there already."""


def upload(
    experiment: str | Path | Experiment,
    *,
    dataset: str | None = None,
    client: Client | None = None,
) -> Uploaded:
    """Sends an experiment; called again it goes on where it was broken off, or finds all there.

    Its examples belong to the dataset that it was run over; where that was none of the server's,
    `dataset` names one, which is made of the rows. Raises BadData without either, and the errors
    of the client.
    """
    found = load_experiment(experiment)
    if client is not None:
        return _Upload(found, client).whole(dataset)
    with Client() as own:
        return _Upload(found, own).whole(dataset)


class _Upload:
    def __init__(self, found: Experiment, client: Client) -> None:
        self.found = found
        self.client = client
        self.data: Mapping[str, Any] = found.head.get("data") or {}
        self.started_at = datetime.fromisoformat(found.head["started_at"])

    def whole(self, dataset: str | None) -> Uploaded:
        """All of it."""
        head = self.found.head
        if dataset is None and not self.data:
            raise BadData(
                f"{self.found.name!r} was run over no dataset of the server: name one, which is "
                "made of its rows"
            )
        served = None if dataset is None else self._dataset(dataset)
        self.dataset_id = self.data["dataset_id"] if served is None else served["id"]
        name = self.found.name
        begun = f"{self.dataset_id}\0{name}\0{head['started_at']}"
        self.id = str(uuid5(_NAMESPACE, begun))
        there = self._there(served)
        sent = earlier = 0
        for rows in _pieces(self.found.rows(), _ROWS):
            new = [row for row in rows if there.get(self._trace(row)) != _digest(row)]
            earlier += len(rows) - len(new)
            if new:
                self._fit(new, own=served is not None)
                sent += len(new)
        self.client.finish_experiment(self.id, datetime.now(UTC))
        return Uploaded(
            id=self.id, name=name, dataset_id=self.dataset_id, sent=sent, earlier=earlier
        )

    def _there(self, served: Dataset | None) -> Mapping[str, str]:
        """What the server has of each run, by its trace; begins the experiment if it is new."""
        head, name = self.found.head, self.found.name
        try:
            stats = self.client.experiment(self.id).get("stats") or {}
        except NotFound:
            try:
                self.client.create_experiment(
                    name,
                    self.dataset_id,
                    id=self.id,
                    dataset_version=self.data.get("version") if served is None else None,
                    metadata={**head["metadata"], "environment": head["environment"]},
                    num_repetitions=head["repetitions"],
                )
            except Conflict as e:
                said = f"{name!r} stands for another experiment on the server: {e}"
                raise BadData(said) from e
            return {}
        if not stats.get("run_count"):
            return {}
        runs = self.client.traces(name)
        return {run["trace_id"]: run["metadata"].get(_DIGEST, "") for run in runs}

    def _dataset(self, name: str) -> Dataset:
        found = next(self.client.datasets(name=name, limit=1), None)
        return found or self.client.create_dataset(name)

    def _fit(self, rows: list[RowResult], *, own: bool) -> None:
        """Sends rows, in halves where they are more than the server takes at once."""
        try:
            self._send(rows, own=own)
        except ApiError as e:
            if e.status != _TOO_LARGE or len(rows) == 1:
                raise
            half = len(rows) // 2
            self._fit(rows[:half], own=own)
            self._fit(rows[half:], own=own)

    def _send(self, rows: list[RowResult], *, own: bool) -> None:
        if own:
            first = {row.row.example_id: row for row in rows if row.row.repetition == 0}
            examples = [self._example(row) for row in first.values()]
            if examples:
                self.client.add_examples(self.dataset_id, *examples)
        scores = [score for row in rows for score in self._scores(row)]
        for some in _pieces(scores, _SCORES):
            self.client.add_scores(*some)
        self.client.send_spans(self._spans(rows))

    def _example(self, row: RowResult) -> ServedExample:
        of = row.row
        return {
            "id": self._example_id(row),
            "inputs": _object(of.inputs, "input"),
            "outputs": None
            if of.reference_outputs is None
            else _object(of.reference_outputs, "output"),
            "metadata": dict(of.metadata),
        }

    def _example_id(self, row: RowResult) -> str:
        """The row's own id, if the server could have given it."""
        given = row.row.example_id or ""
        try:
            return str(UUID(given))
        except ValueError:
            return str(uuid5(UUID(self.dataset_id), given))

    def _trace(self, row: RowResult) -> str:
        return uuid5(UUID(self.id), f"{row.row.example_id}\0{row.row.repetition}").hex

    def _scores(self, row: RowResult) -> Iterator[Score]:
        trace = self._trace(row)
        versions = self.found.head["evaluators"]
        for result in row.results:
            if result.status == "error" and row.error is not None:
                continue  # the run itself says that there was nothing to judge
            version = versions.get(result.name, {}).get("version")
            yield {
                "id": str(uuid5(UUID(hex=trace), result.name)),
                "project": self.found.name,
                "trace_id": trace,
                "span_id": trace[:16],
                "name": result.name,
                "source": _SOURCES[result.kind],
                "evaluator_version": None if version is None else str(version),
                "metadata": _plain(result.metadata),
                **_verdict(result),
            }

    def _spans(self, rows: Iterable[RowResult]) -> dict[str, Any]:
        spans = [self._span(row) for row in rows]
        scope = {"scope": {"name": "pilothouse.evaluation"}, "spans": spans}
        return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [scope]}]}

    def _span(self, row: RowResult) -> dict[str, Any]:
        """The root of a run. When it began is not kept: it stands where the experiment began."""
        trace = self._trace(row)
        # a moment of its own, the same each time that the row is sent, and never one to come
        begin = self.started_at + timedelta(microseconds=int(trace[:5], 16) % 1000)
        attributes = {
            "pilothouse.project": self.found.name,
            "pilothouse.experiment_id": self.id,
            "pilothouse.example_id": self._example_id(row),
            "pilothouse.repetition": row.row.repetition + 1,
            "metadata": json.dumps({_DIGEST: _digest(row)}),
            **_payload("input", row.row.inputs),
            **_payload("output", row.row.outputs),
            **_usage(row),
        }
        span: dict[str, Any] = {
            "traceId": trace,
            "spanId": trace[:16],
            "name": str(self.found.head["target"]),
            "startTimeUnixNano": _nanoseconds(begin),
            "endTimeUnixNano": _nanoseconds(begin + timedelta(milliseconds=row.latency_ms or 0)),
            "attributes": [
                {"key": key, "value": _any_value(value)} for key, value in attributes.items()
            ],
        }
        if row.error is not None:
            span["status"] = {"code": 2, "message": row.error.message}
        return span


def _digest(row: RowResult) -> str:
    """What the row came to: another after an answer or verdict that had failed was asked again."""
    return digest([row.row.outputs, row.error, [result_document(r) for r in row.results]])


def _verdict(result: EvaluationResult) -> Score:
    said: Score = {"comment": result.explanation, "label": result.label, "status": "ok"}
    if result.status == "error":
        error = result.error
        return {"status": "error", "error": "no verdict" if error is None else error.message}
    if result.status != "ok":
        return {**said, "status": "skipped"}
    return said if result.score is None else {**said, "value": float(result.score)}


def _payload(part: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, str):
        return {f"{part}.value": value, f"{part}.mime_type": "text/plain"}
    return {
        f"{part}.value": json.dumps(value, ensure_ascii=False, default=str),
        f"{part}.mime_type": "application/json",
    }


def _usage(row: RowResult) -> dict[str, Any]:
    usage = row.usage
    if usage is None:
        return {}
    said = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cost": usage.cost,
    }
    return {key: value for key, value in said.items() if value is not None}


def _any_value(value: str | float) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _nanoseconds(moment: datetime) -> str:
    whole = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return str((whole // timedelta(microseconds=1)) * 1000)


def _object(value: Any, name: str) -> dict[str, Any]:
    """The value as an object, which parts of a server's examples are."""
    return dict(value) if isinstance(value, Mapping) else {name: value}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))


def _pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece
