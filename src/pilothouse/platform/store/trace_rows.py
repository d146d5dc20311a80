"""What the list shows of a trace, computed from its spans: one pure function.

A trace is computed as a whole whenever one of its spans came or changed, never summed up on the way
in: spans come twice, late, and children after their wrappers (design/store.md §5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from itertools import chain
from operator import itemgetter
from typing import Any, Final, NamedTuple

from pilothouse.platform.store.rows import SPAN_COLUMNS
from pilothouse.spans.usage import Node


class Summary(NamedTuple):
    """The columns of a span that its trace is computed from; times in µs, hours in seconds."""

    hour: int
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    status: str
    status_message: str
    error_type: str
    trace_name: str
    start_time: int
    duration_us: int | None
    first_token_us: int | None
    session_id: str
    session_explicit: int
    user_id: str
    model: str
    provider: str
    environment: str
    release: str
    tool_name: str
    prompt_name: str
    experiment_id: str
    example_id: str
    repetition: int | None
    tags: list[str]
    metadata: dict[str, str]
    scope: str
    response_id: str
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    audio_tokens: int | None
    usage_counted: int
    cost_input: float | None
    cost_output: float | None
    cost_total: float | None
    input_preview: str
    output_preview: str
    version: int

    @property
    def has_usage(self) -> bool:
        return not (
            self.total_tokens is None
            and self.input_tokens is None
            and self.output_tokens is None
            and self.cost_total is None
        )

    @property
    def end(self) -> int:
        return self.start_time + (self.duration_us or 0)


summary_values = itemgetter(*(SPAN_COLUMNS.index(name) for name in Summary._fields))
"""Of a row of `spans`, the values of a Summary."""

TRACE_COLUMNS: Final = (
    "project",
    "hour",
    "trace_id",
    "last_hour",
    "root_span_id",
    "name",
    "start_time",
    "duration_us",
    "first_token_us",
    "first_seen_at",
    "status",
    "status_message",
    "error_type",
    "error_count",
    "span_count",
    "llm_count",
    "session_id",
    "user_id",
    "environment",
    "release",
    "experiment_id",
    "example_id",
    "repetition",
    "models",
    "providers",
    "kinds",
    "tools",
    "prompt_names",
    "span_names",
    "tags",
    "metadata",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "audio_tokens",
    "cost_input",
    "cost_output",
    "cost_total",
    "input_preview",
    "output_preview",
    "version",
    "deleted",
)
"""In the order of `trace_row`."""

NAMES_KEPT: Final = 100
"""Different span names that a trace's row lists."""


def node_of(trace_id: str, span: Summary) -> Node:
    """What the roll-up of usage has to know of a span."""
    return Node(
        trace_id=trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        has_usage=span.has_usage,
        response_id=span.response_id,
        scope=span.scope,
        start=span.start_time,
        end=None if span.duration_us is None else span.end,
        has_content=bool(span.input_preview or span.output_preview),
    )


def trace_row(
    project: int,
    trace_id: str,
    spans: Collection[Summary],
    uncounted: Set[str],
    version: int,
) -> tuple[Any, ...]:
    """The row of `traces`, in the order of TRACE_COLUMNS.

    `uncounted` holds the ids of spans whose usage is repeated further down. `spans` is not empty.
    """
    # A root before all else, then by start: the first stands for the trace.
    ordered = sorted(spans, key=lambda s: (s.parent_span_id != "", s.start_time, s.span_id))
    first = ordered[0]
    has_root = first.parent_span_id == ""
    root_span_id = first.span_id if has_root else ""
    if not has_root:
        # Until its parent comes, if ever, the earliest span that misses one takes its place.
        ids = {s.span_id for s in ordered}
        at = next((n for n, s in enumerate(ordered) if s.parent_span_id not in ids), None)
        if at is not None:
            first = ordered.pop(at)
            ordered.insert(0, first)
            root_span_id = first.span_id
    # Most of what follows looks at one column, which built-in functions do fastest.
    of = _columns(ordered)
    began = min(of["start_time"])
    ended = _moment(of["start_time"], of["duration_us"], max)
    token = _moment(of["start_time"], of["first_token_us"], min)
    errors = [s for s in ordered if s.status == "error"] if "error" in of["status"] else []
    failed = first.status == "error" or bool(errors and not has_root)
    calls = of["kind"].count("llm")
    if calls and uncounted:
        calls = sum(1 for s in ordered if s.kind == "llm" and s.span_id not in uncounted)
    sums = _sums([s for s in ordered if s.has_usage and s.span_id not in uncounted])
    session = first
    if any(of["session_id"]):
        session = min((s for s in ordered if s.session_id), key=lambda s: 1 - s.session_explicit)
    output = first.output_preview
    if not output and not (has_root and first.status == "error"):
        output = _first(reversed(of["output_preview"]))
    return (
        project,
        min(of["hour"]),
        trace_id,
        max(of["hour"]),
        root_span_id,
        _first(of["trace_name"]) or first.name,
        began,
        None if ended is None else max(0, ended - began),
        None if token is None else max(0, token - began),
        min(of["version"]),
        "error" if failed else first.status,
        (first.status_message or errors[-1].status_message) if failed else "",
        next((s.error_type for s in errors if s.error_type), ""),
        len(errors),
        len(ordered),
        calls,
        session.session_id,
        _first(of["user_id"]),
        _first(of["environment"]),
        _first(of["release"]),
        first.experiment_id,
        first.example_id,
        first.repetition,
        _models(ordered) if any(of["model"]) else [],
        _distinct(of["provider"]),
        _distinct(of["kind"]),
        _distinct(of["tool_name"]),
        _distinct(of["prompt_name"]),
        _distinct(of["name"])[:NAMES_KEPT],
        _distinct(chain.from_iterable(of["tags"])),
        next(filter(None, of["metadata"]), {}),
        *sums,
        _first(of["input_preview"]),
        output,
        version,
        0,
    )


def tombstone(project: int, hour: int, trace_id: str, version: int) -> tuple[Any, ...]:
    """A row that deletes the one which stands at `hour`: the trace's first span moved."""
    return (
        (project, hour, trace_id, hour, "", "", hour * 1_000_000, None, None, version)
        + ("", "", "", 0, 0, 0, "", "", "", "", "", "", None)
        + ([], [], [], [], [], [], [], {})
        + (None,) * 10
        + ("", "", version, 1)
    )


def _columns(spans: Iterable[Summary]) -> dict[str, tuple[Any, ...]]:
    """The values of the spans by the name of their column."""
    return dict(zip(Summary._fields, zip(*spans, strict=True), strict=True))


def _moment(
    starts: tuple[int, ...], after: tuple[int | None, ...], which: Callable[..., int]
) -> int | None:
    """The last or the first moment that is so long after its start; None if there is none."""
    if not any(after) and 0 not in after:
        return None
    return which(at + us for at, us in zip(starts, after, strict=True) if us is not None)


def _sums(spans: Sequence[Summary]) -> tuple[float | None, ...]:
    """The usage and cost of some spans together, in the order of TRACE_COLUMNS."""
    if not spans:
        return (None,) * 10
    tokens = [_sum(column) for column in zip(*[s[_TOKENS] for s in spans], strict=True)]
    costs = [_money(column) for column in zip(*[s[_COSTS] for s in spans], strict=True)]
    return (*tokens, *costs)


_TOKENS: Final = slice(
    Summary._fields.index("input_tokens"), Summary._fields.index("audio_tokens") + 1
)
_COSTS: Final = slice(Summary._fields.index("cost_input"), Summary._fields.index("cost_total") + 1)


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")


def _distinct(values: Iterable[str]) -> list[str]:
    found = set(values)
    found.discard("")
    return sorted(found) if len(found) > 1 else list(found)


def _models(ordered: Iterable[Summary]) -> list[str]:
    """The models that answered first, in the order of their calls; then embedders and the like."""
    calls = sorted((s for s in ordered if s.model), key=lambda s: s.kind != "llm")
    return list(dict.fromkeys(s.model for s in calls))


def _sum(values: Iterable[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _money(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(sum(known)) if known else None
