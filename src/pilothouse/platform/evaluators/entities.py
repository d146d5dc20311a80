"""Spans, traces and sessions as the rows that evaluators read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from pilothouse.evaluation.rows import Row
from pilothouse.platform.query import detail
from pilothouse.platform.query.put_back import put_back_document
from pilothouse.platform.store import online, spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.online import TracePlace, Turn, Unit
from pilothouse.spans.openai_form import from_parts

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator

CHECK: Final = "check:"
MOST_SPANS: Final = 500
"""So many spans of a trace are looked through for documents and model calls."""
READ_TOGETHER: Final = 1_000
"""So many spans, unless one trace has more: what is read is held until it is judged."""
AT_A_STRETCH: Final = 50
"""Spans that are made into documents before others on the loop have their turn."""
_OF_ROOT: Final = frozenset({
    "inputs", "outputs", "reference_outputs", "metadata", "name", "kind", "status", "error",
    "model", "tags", "latency_ms", "cost", "tokens",
})  # fmt: skip
"""What the span that stands for a trace says itself; all else takes its other spans."""
Document = Mapping[str, Any]  # Any: a span as the API shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something to be judged: a span, a trace, or a session."""

    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""
    check_id: str = ""
    """Of what an application asked about before it was recorded, if it ever is."""

    @property
    def key(self) -> str:
        """What sampling and results know it by."""
        if self.check_id:
            return CHECK + self.check_id
        if self.session_id and not self.trace_id:
            return f"session:{self.session_id}"
        return f"{self.trace_id}/{self.span_id}" if self.span_id else self.trace_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An entity with what there is to read of it."""

    entity: Entity
    row: Row
    name: str
    ended: bool
    """Whether the span that stands for it has ended."""
    mark: str = ""
    """Changes when a session has another turn."""
    changed_us: int = 0
    """When a session was last written to."""
    last_start_us: int = 0
    """When the last turn of a session began."""


class Masks(Protocol):
    """What a project hides."""

    def mask_value(self, value: Any) -> Any: ...  # Any: JSON


class Entities:
    """Reads entities from the store, many at once."""

    def __init__(self, store: Store, masker_of: Callable[[str], Masks | None]) -> None:
        """`masker_of` gives the masker of a project by name; stored texts may be older than it."""
        self._store = store
        self._masker_of = masker_of

    async def parts(
        self, unit: Unit, project: int, entities: Sequence[Entity], *, whole: bool
    ) -> list[list[Entity]]:
        """Entities in parts that may be read together: whole traces by how many spans they have."""
        if unit != "trace" or not whole:
            return [list(entities)]
        places = await online.places_of(self._store, project, _traces_of(entities))
        parts: list[list[Entity]] = []
        room = 0
        for entity in entities:
            place = places.get(entity.trace_id)
            spans = 0 if place is None else min(place.span_count, MOST_SPANS)
            if spans > room or not parts:
                parts.append([])
                room = READ_TOGETHER
            parts[-1].append(entity)
            room -= spans
        return parts

    async def read(
        self,
        unit: Unit,
        project: int,
        name: str,
        entities: Sequence[Entity],
        *,
        whole: bool = False,
    ) -> dict[str, Subject]:
        """What is there of some entities of a project, by key; `whole` looks at all their spans."""
        if unit == "session":
            return await self._sessions(project, name, entities)
        places = await online.places_of(self._store, project, _traces_of(entities))
        if unit == "span":
            wanted = [e for e in entities if e.trace_id in places]
            documents = await self._documents(project, name, places, [e.span_id for e in wanted])
            return {
                e.key: self._of_span(e, found, name)
                for e in wanted
                if (found := documents.get((e.trace_id, e.span_id))) is not None
            }
        roots = [place.root_span_id for place in places.values()]
        others = MOST_SPANS if whole else 0
        documents = await self._documents(project, name, places, roots, others)
        subjects = {}
        for entity in entities:
            place = places.get(entity.trace_id)
            root = documents.get((entity.trace_id, place.root_span_id)) if place else None
            if root is not None:
                spans = [d for (trace, _), d in documents.items() if trace == entity.trace_id]
                subjects[entity.key] = self._of_trace(entity, root, spans, name)
        return subjects

    async def _documents(
        self,
        project: int,
        name: str,
        places: Mapping[str, TracePlace],
        span_ids: Sequence[str],
        others: int = 0,
    ) -> dict[tuple[str, str], Document]:
        """Spans of some traces as documents, by trace and span, with so many others of each."""
        if not places or not span_ids:
            return {}
        rows = await spans_read.whole_traces(
            self._store,
            project,
            list(places),
            min(place.first_hour for place in places.values()),
            max(place.last_hour for place in places.values()),
            span_ids,
            others,
        )
        found: dict[tuple[str, str], Document] = {}
        for place, row in enumerate(rows, 1):
            document = detail.document(row, name, [], [])
            await put_back_document(self._store, project, document)
            found[row["trace_id"], row["span_id"]] = document
            if place % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        return found

    async def _sessions(
        self, project: int, name: str, entities: Sequence[Entity]
    ) -> dict[str, Subject]:
        turns = await online.turns_of(self._store, project, [e.session_id for e in entities])
        places = {turn.trace_id: turn.place for of in turns.values() for turn in of}
        roots = [place.root_span_id for place in places.values()]
        documents = await self._documents(project, name, places, roots)
        found = {}
        for entity in entities:
            of = turns.get(entity.session_id, [])
            said = [
                document
                for turn in of
                if (document := documents.get((turn.trace_id, turn.place.root_span_id)))
            ]
            if said:
                found[entity.key] = self._of_session(entity, said, of, name)
        return found

    def _of_span(self, entity: Entity, span: Document, project: str) -> Subject:
        fields = _own(span) | {
            "messages": _messages(span),
            "contexts": _contexts([span]),
            "tool_calls": span["tool_calls"],
        }
        return self._subject(entity, span, fields, project)

    def _of_trace(
        self, entity: Entity, root: Document, spans: Sequence[Document], project: str
    ) -> Subject:
        calls = [span for span in spans if span["kind"] == "llm"]
        fields = _own(root) | {
            # A whole conversation stands at the last call of the model, where the root has none.
            "messages": _messages(root) or (_messages(calls[-1]) if calls else []),
            "contexts": _contexts(spans),
            "tool_calls": [call for span in spans for call in span["tool_calls"]],
        }
        return self._subject(entity, root, fields, project)

    def _of_session(
        self, entity: Entity, turns: Sequence[Document], traces: Sequence[Turn], project: str
    ) -> Subject:
        conversation = []
        for turn in turns:
            for role, value in (("user", turn["input"]), ("assistant", turn["output"])):
                if value is not None:
                    conversation.append({"role": role, "content": _text(value)})
        row = Row(
            inputs=turns[0]["input"],
            outputs=turns[-1]["output"],
            metadata=turns[-1]["metadata"],
            fields={"messages": conversation, "turns": len(turns)},
        )
        return Subject(
            entity=entity,
            row=self._masked(row, project),
            name=turns[-1]["name"],
            ended=turns[-1]["end_time"] is not None,
            mark=mark_of(traces),
            changed_us=max(trace.version for trace in traces),
            last_start_us=max(trace.start_us for trace in traces),
        )

    def _subject(
        self, entity: Entity, span: Document, fields: dict[str, Any], project: str
    ) -> Subject:
        row = Row(
            inputs=span["input"],
            outputs=span["output"],
            metadata=span["metadata"],
            fields={name: value for name, value in fields.items() if value not in (None, [])},
        )
        return Subject(
            entity=entity,
            row=self._masked(row, project),
            name=span["name"],
            ended=span["end_time"] is not None,
        )

    def _masked(self, row: Row, project: str) -> Row:
        return masked_row(row, self._masker_of(project))


def masked_row(row: Row, masker: Masks | None) -> Row:
    """A row without what a masker hides."""
    if masker is None:
        return row
    return Row(
        inputs=masker.mask_value(row.inputs),
        outputs=masker.mask_value(row.outputs),
        metadata=masker.mask_value(dict(row.metadata)),
        fields=masker.mask_value(dict(row.fields)),
    )


def reads_all_spans(evaluator: Evaluator) -> bool:
    """Whether an evaluator of traces reads more than the span that stands for them."""
    asked = {
        where.partition(".")[0] if isinstance(where, str) else name
        for name, where in evaluator.parameters.items()
    }
    return not asked <= _OF_ROOT


def mark_of(turns: Iterable[Turn]) -> str:
    """What tells the turns of a session from those that it had before."""
    known = [turn.start_us for turn in turns]
    return f"{len(known)}:{max(known)}" if known else ""


def _traces_of(entities: Iterable[Entity]) -> list[str]:
    return list(dict.fromkeys(entity.trace_id for entity in entities))


def _own(span: Document) -> dict[str, Any]:
    return {
        "name": span["name"],
        "kind": span["kind"],
        "status": span["status"],
        "error": span["status_message"],
        "model": span["model"],
        "tags": span["tags"],
        "latency_ms": span["duration_ms"],
        "cost": span["cost"]["total"],
        "tokens": span["usage"]["total_tokens"],
    }


def _messages(span: Document) -> list[dict[str, Any]]:
    both = [*span["messages_in"], *span["messages_out"]]
    return [made for message in both for made in from_parts(message)]


def _contexts(spans: Iterable[Document]) -> list[str]:
    documents = [document for span in spans for document in span["documents"]]
    return [_text(d["content"]) for d in documents if d.get("content") not in (None, "")]


def _text(value: Any) -> str:
    from pilothouse.evaluation.judges.prompts import as_data

    return as_data(value)
