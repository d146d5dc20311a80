"""What the server answers, for type checkers; keys that a server leaves out are absent.

The full reference of each field is the server's own document at `/openapi.json`.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Json = dict[str, Any]


class Usage(TypedDict, total=False):
    """Tokens; counts are inclusive, None is unknown."""

    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    cache_write_1h_tokens: int | None
    reasoning_tokens: int | None
    audio_tokens: int | None
    input_audio_tokens: int | None
    output_audio_tokens: int | None
    input_image_tokens: int | None
    output_image_tokens: int | None


class Cost(TypedDict, total=False):
    """US dollars."""

    input: float | None
    output: float | None
    total: float | None
    source: Literal["client", "list", "project"] | None


class Score(TypedDict, total=False):
    """A named verdict."""

    id: str
    project: str | None
    name: str
    value: float | None
    label: str | None
    comment: str | None
    source: Literal["human", "judge", "code", "end_user"]
    identifier: str | None
    evaluator_version: str | None
    trace_id: str | None
    span_id: str | None
    session_id: str | None
    status: Literal["ok", "error", "skipped"]
    error: str | None
    created_at: str
    metadata: Json


class Trace(TypedDict, total=False):
    """The spans that share an id, summed up."""

    trace_id: str
    root_span_id: str | None
    project: str
    name: str
    start_time: str
    end_time: str | None
    first_seen_at: str
    duration_ms: float | None
    status: Literal["ok", "error", "unset"]
    status_message: str | None
    error_type: str | None
    error_count: int
    span_count: int
    llm_call_count: int
    input_preview: str | None
    output_preview: str | None
    usage: Usage
    cost: Cost
    time_to_first_token_ms: float | None
    models: list[str]
    providers: list[str]
    kinds: list[str]
    tools: list[str]
    prompt_names: list[str]
    environment: str | None
    release: str | None
    session_id: str | None
    user_id: str | None
    tags: list[str]
    metadata: dict[str, str]
    scores: list[Score]


class Span(TypedDict, total=False):
    """One step; lists leave out what is large."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    project: str
    name: str
    kind: str
    start_time: str
    end_time: str | None
    duration_ms: float | None
    time_to_first_token_ms: float | None
    streaming: bool | None
    status: Literal["ok", "error", "unset"]
    status_message: str | None
    error_type: str | None
    input: Any
    output: Any
    input_preview: str | None
    output_preview: str | None
    messages_in: list[Json]
    messages_out: list[Json]
    model: str | None
    provider: str | None
    parameters: Json
    usage: Usage
    usage_counted: bool
    cost: Cost
    tools: list[Json]
    tool_calls: list[Json]
    tool_name: str | None
    documents: list[Json]
    prompt: Json
    session_id: str | None
    user_id: str | None
    tags: list[str]
    metadata: dict[str, str]
    environment: str | None
    release: str | None
    events: list[Json]
    exceptions: list[Json]
    links: list[Json]
    attachments: list[Json]
    scores: list[Score]
    attributes: Json
    source: str


class TraceDetail(TypedDict):
    """A trace with its spans."""

    trace: Trace
    spans: list[Span]


class Session(TypedDict, total=False):
    """The traces that share a session id, summed up."""

    session_id: str
    project: str
    user_id: str | None
    start_time: str
    end_time: str | None
    duration_ms: float | None
    status: Literal["ok", "error", "unset"]
    trace_count: int
    error_count: int
    span_count: int
    llm_call_count: int
    usage: Usage
    cost: Cost
    models: list[str]
    tags: list[str]
    scores: list[Score]


class SessionDetail(TypedDict, total=False):
    """A session with its turns, the earliest first."""

    session: Session
    turns: list[Trace]
    next_cursor: str | None


class Project(TypedDict, total=False):
    """A project and its settings."""

    name: str
    description: str
    created_at: str
    retention_days: int
    retention_inherited: bool
    masking: list[Json]
    demo: bool


class Point(TypedDict, total=False):
    """One interval of a series: `time`, and a number for each measure."""

    time: str


class Series(TypedDict):
    """The points of one group."""

    group: dict[str, Any]
    points: list[dict[str, Any]]


class Metrics(TypedDict, total=False):
    """The answer to a question about measures."""

    interval: str | None
    series: list[Series]
    truncated: bool
    group_count: int | None
    previous: Json


class Dataset(TypedDict, total=False):
    """Examples under a name, with its figures."""

    id: str
    name: str
    description: str
    data_type: Literal["kv", "llm", "chat"]
    metadata: Json
    inputs_schema: Json | None
    outputs_schema: Json | None
    transformations: list[Json] | None
    created_by: str | None
    created_at: str
    modified_at: str
    example_count: int
    split_count: int
    version_count: int
    experiment_count: int
    last_experiment_at: str | None
    version: str | None


class Example(TypedDict, total=False):
    """One row of a dataset, as of some version."""

    id: str
    dataset_id: str
    inputs: Json
    outputs: Json | None
    metadata: Json
    splits: list[str]
    attachments: dict[str, Json]
    source: Json | None
    created_at: str
    modified_at: str


class Written(TypedDict, total=False):
    """What a write to a dataset has done."""

    version: Json
    example_ids: list[str]


class Experiment(TypedDict, total=False):
    """A run of an application over a dataset; its traces are in `project`."""

    id: str
    name: str
    project: str
    description: str
    dataset_id: str
    dataset_version: str | None
    num_examples: int | None
    num_repetitions: int
    evaluator_keys: list[str]
    metadata: Json
    created_by: str | None
    created_at: str
    started_at: str | None
    ended_at: str | None
    stats: Json | None


class ExperimentRow(TypedDict, total=False):
    """An example with all runs over it, by the experiment's id."""

    example: Example
    runs: dict[str, list[Json]]
    differences: dict[str, dict[str, float]]


class Comparison(TypedDict, total=False):
    """Experiments against one of them, metric by metric."""

    baseline_id: str
    experiments: list[Experiment]
    metrics: list[Json]
