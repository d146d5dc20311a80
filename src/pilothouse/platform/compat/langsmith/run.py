"""A stored span as a run of the protocol: v1's JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pilothouse.dialects import changed_tags
from pilothouse.dialects import langsmith_run as keys
from pilothouse.dialects.table import PLANNER
from pilothouse.dialects.view import View
from pilothouse.platform.compat.langsmith import run_content
from pilothouse.platform.compat.langsmith.run_records import NOTHING, Recorded
from pilothouse.platform.compat.langsmith.run_tree import Used, parents_in, used_by
from pilothouse.platform.ingest.langsmith.runs import parsed_json
from pilothouse.platform.ingest.langsmith.source import attachments_of
from pilothouse.platform.ingest.langsmith.times import iso_of, stamp_of
from pilothouse.platform.sharing.signed import Attachment, Signed
from pilothouse.platform.store.large_values import attach
from pilothouse.platform.store.rows import source_of
from pilothouse.spans import Content, LogRecord, Source
from pilothouse.spans.run_ids import is_uuid, run_id, trace_uuid

Json = dict[str, Any]
ALWAYS: Final = (
    *("id", "name", "run_type", "start_time", "trace_id", "session_id", "status"),
    "dotted_order",
)
"""What a run has even if nobody asked for it: clients need it to read any of the rest."""
TOKENS: Final = frozenset(("prompt_tokens", "completion_tokens", "total_tokens"))
COSTS: Final = frozenset(("prompt_cost", "completion_cost", "total_cost"))
_DETAILS: Final = (
    *("prompt_token_details", "completion_token_details"),
    *("prompt_cost_details", "completion_cost_details"),
)
FIELDS: Final = frozenset(
    (
        *ALWAYS,
        *TOKENS,
        *COSTS,
        *_DETAILS,
        *("app_path", "end_time", "error", "events", "extra", "feedback_stats"),
        *("first_token_time", "inputs", "outputs", "parent_run_id", "parent_run_ids"),
        *("reference_example_id", "s3_urls", "serialized", "tags", "thread_id", "latency"),
    )
)
_RUN_TYPES: Final = {
    **{kind: kind for kind in ("llm", "tool", "retriever", "embedding", "prompt", "chain")},
    "reranker": "retriever",
}
"""Of our kinds, those that are types of runs too; the others are chains."""
USES_MODEL: Final = ("llm", "embedding")


@dataclass(slots=True, kw_only=True)
class Found:
    """A row with all that a run is made of."""

    row: Mapping[str, Any]
    project: str
    project_uuid: str
    logs: list[LogRecord] = field(default_factory=list)
    below: Used | None = None
    """What the runs below it used; None where nobody asked."""
    order: str = ""
    """Its place in the tree, where its source does not tell."""
    stats: Json | None = None
    share_url: str | None = None
    recorded: Recorded = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is the same for all runs of an answer."""

    tenant: str
    signed: Signed
    fetch: Callable[[int, str], bytes | None]
    """A value that was stored apart, by project and id."""
    link_base: str
    """What comes before the path of a signed link."""


def heavy_columns(select: Collection[str]) -> tuple[str, ...]:
    """The large columns that some fields are read from."""
    if set(select) & {"inputs", "outputs"}:
        return ("input", "output", "content", "events", "links", "resource")
    if set(select) & {"events", "extra", "serialized", "error", "s3_urls"}:
        return ("content", "events", "links")
    return ()


def run_type_of(row: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """The type of a run, as it was sent or the nearest to our kind."""
    return said.get(keys.TYPE) or _RUN_TYPES.get(row["kind"], "chain")


class Reader:
    """One run, read field by field; what nobody asks for costs nothing."""

    def __init__(self, found: Found, shape: Shape, heavy: Collection[str]) -> None:
        self.found, self.shape, self.row = found, shape, found.row
        self.heavy = heavy
        source = source_of(found.row, found.project)
        source.logs = found.logs
        if any(type(value) is dict for value in source.attributes.values()):
            attach(source, lambda blob: shape.fetch(found.row["project"], blob))
        self.source: Source = source
        self.said = source.attributes
        self.is_own = found.row["wire"].startswith("langsmith")
        self._content: Content | None = None

    @property
    def content(self) -> Content:
        if self._content is None:
            self._content = run_content.content_of(self.row, self.source)
        return self._content

    # ---- identity

    def id(self) -> str:
        return run_id(self.row["project"], self.row["trace_id"], self.row["span_id"])

    def trace_id(self) -> str:
        return trace_uuid(self.row["trace_id"])

    def session_id(self) -> str:
        return self.found.project_uuid

    def parent_run_id(self) -> str | None:
        parent = self.row["parent_span_id"]
        return run_id(self.row["project"], self.row["trace_id"], parent) if parent else None

    def dotted_order(self) -> str:
        known = self.said.get(keys.DOTTED_ORDER) or self.found.order
        return known or f"{stamp_of(self.row['start_us'])}{self.id()}"

    def parent_run_ids(self) -> list[str]:
        return list(parents_in(self.dotted_order()))

    def reference_example_id(self) -> str | None:
        example = self.said.get(keys.EXAMPLE_ID) or self.row["example_id"]
        return example if is_uuid(example) else None

    def app_path(self) -> str:
        place = f"/o/{self.shape.tenant}/projects/p/{self.found.project_uuid}/r/{self.id()}"
        start = self.start_time().replace("+00:00", "Z")
        return f"{place}?trace_id={self.trace_id()}&start_time={start}"

    # ---- what it is and how it went

    def name(self) -> str:
        return self.source.name or self.row["name"] or "unnamed"

    def run_type(self) -> str:
        return run_type_of(self.row, self.said)

    def start_time(self) -> str:
        return iso_of(self.row["start_us"])

    def end_time(self) -> str | None:
        duration = self.row["duration_us"]
        return None if duration is None else iso_of(self.row["start_us"] + duration)

    def first_token_time(self) -> str | None:
        first = self.row["first_token_us"]
        return None if first is None else iso_of(self.row["start_us"] + first)

    def status(self) -> str:
        if self.row["status"] == "error" or self.row["status_message"] == "interrupted":
            return "error"
        return "pending" if self.row["duration_us"] is None else "success"

    def error(self) -> str | None:
        if self.is_own:
            return self.said.get(keys.ERROR)
        return run_content.error(self.row, self.content) if self.status() == "error" else None

    def tags(self) -> list[str]:
        known = self.said.get(keys.TAGS) if self.is_own else None
        if known is None:
            return list(self.row["tags"])
        return changed_tags.changed(known, self.said.get(changed_tags.KEY))

    def thread_id(self) -> str | None:
        return self.row["session_id"] or None

    # ---- the large ones

    def inputs(self) -> Any:
        if self.is_own:
            return self._object(keys.INPUTS, "input") or {}
        return run_content.inputs(self.row, self.content)

    def outputs(self) -> Any:
        if self.is_own:
            return self._object(keys.OUTPUTS, "output")
        return run_content.outputs(self.row, self.content)

    def extra(self) -> Any:
        if self.is_own:
            return self._object(keys.EXTRA) or {}
        return run_content.described(self.row, self.content)

    def events(self) -> Any:
        if self.is_own:
            return self._events()
        return run_content.events(self.row, self.source)

    def serialized(self) -> Any:
        return self._object(keys.SERIALIZED) if self.is_own else None

    def _sent(self, key: str) -> Any:
        """The JSON as it was received, letter by letter; None for what was not sent."""
        text = self.said.get(key)
        if text is None:
            return None
        return orjson.Fragment(text) if type(text) is str else text

    def _object(self, key: str, name: str = "") -> Any:
        """An object as it was received; another value under a name: clients read nothing else."""
        value = self.said.get(key)
        if type(value) is dict or (type(value) is str and value.lstrip().startswith("{")):
            return self._sent(key)
        return {name: self._sent(key)} if name and value is not None else None

    def _events(self) -> Any:
        """The events as they were received, but for what is none."""
        value = self.said.get(keys.EVENTS) or []
        # Exact for whatever a client called JSON, as NaN; the same reads it when it comes.
        known = parsed_json(value.encode(), "events") if type(value) is str else value
        if type(known) is list and all(type(event) is dict for event in known):
            return self._sent(keys.EVENTS) or []
        return [one for one in known if type(one) is dict] if type(known) is list else []

    def attachments(self) -> dict[str, tuple[str, str]]:
        """(link, media type) of the files that came with it."""
        return {
            name: (
                self.shape.link_base
                + self.shape.signed.path(
                    Attachment(
                        blob=file.blob, project=self.row["project"], mime_type=file.mime_type
                    )
                ),
                file.mime_type,
            )
            for name, file in attachments_of(self.source).items()
        }

    def s3_urls(self) -> Json:
        return {
            f"attachment.{name}": {"presigned_url": link, "mime_type": mime_type}
            for name, (link, mime_type) in self.attachments().items()
        }

    # ---- usage

    def used(self, *, rolled_up: bool = True) -> Used:
        """Its own usage when it calls a model; else what the runs below it used."""
        own = used_by(self.row)
        if self.row["kind"] in USES_MODEL or not rolled_up:
            return own
        below = self.found.below
        return below if below is not None and below.known() else own

    def details(self) -> Json:
        """What tokens and cost are made of, unknown kinds included."""
        found: Json = {}
        if self.row["kind"] not in USES_MODEL:
            return found
        said = self._usage_sent()
        for name, key, own in (
            ("prompt_token_details", "input_token_details", run_content.details_in(self.row)),
            ("completion_token_details", "output_token_details", run_content.details_out(self.row)),
            ("prompt_cost_details", "input_cost_details", {}),
            ("completion_cost_details", "output_cost_details", {}),
        ):
            sent = said.get(key)
            whole = own | {k: v for k, v in sent.items() if v is not None} if sent else own
            if whole:
                found[name] = whole
        return found

    def _usage_sent(self) -> Json:
        """`usage_metadata` as the client sent it, {} where none is at hand."""
        if not self.is_own or "content" not in self.heavy:
            return {}
        plan = PLANNER.plan(self.source.scope_name, self.said)
        return keys.usage_metadata(View(self.source, self.said, plan))


_PLAIN: Final = (
    *ALWAYS,
    *("app_path", "end_time", "error", "events", "extra", "first_token_time", "inputs", "outputs"),
    *("parent_run_id", "parent_run_ids", "reference_example_id", "s3_urls", "serialized", "tags"),
    "thread_id",
)


def run_v1(reader: Reader, select: Collection[str] | None) -> Json:
    """A run with the fields that were asked for, or all of them."""
    wanted = FIELDS if select is None else {*select, *ALWAYS}
    run: Json = {name: getattr(reader, name)() for name in _PLAIN if name in wanted}
    if wanted & (TOKENS | COSTS):
        used = reader.used()
        run |= {
            "prompt_tokens": used.input_tokens,
            "completion_tokens": used.output_tokens,
            "total_tokens": used.total_tokens,
            "prompt_cost": dollars(used.cost_input),
            "completion_cost": dollars(used.cost_output),
            "total_cost": dollars(used.cost_total),
            **reader.details(),
        }
    if "feedback_stats" in wanted:
        run["feedback_stats"] = reader.found.stats or {}
    if "latency" in wanted:
        duration = reader.row["duration_us"]
        run["latency"] = None if duration is None else duration / 1_000_000
    if select is not None and "in_dataset" in wanted:
        run["in_dataset"] = reader.found.recorded.in_dataset
    for name in ("inputs_preview", "outputs_preview"):
        if select is not None and name in wanted:
            run[name] = preview(reader, name)
    return run


def dollars(amount: float | None) -> float | None:
    """An amount without the digits that sums of binary fractions leave."""
    return None if amount is None else float(f"{amount:.15g}")


def preview(reader: Reader, name: str) -> str | None:
    """The first words of inputs or outputs."""
    text: str = reader.row.get(f"{name[:-9]}_preview") or ""
    return text or None
