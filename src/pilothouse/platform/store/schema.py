"""The tables of the span store, as `design/store.md` measured them, and their versioned changes.

Text columns say "" for unknown, numbers NULL: an attribute that is present but empty counts as
absent in every protocol we read, so nothing is lost by it and the columns stay small.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from pilothouse.platform.store.key_hours import KEY_HOURS
from pilothouse.platform.store.span_hours import SPAN_HOURS

TABLE_SETTINGS: Final = (
    "index_granularity_bytes = 104857600, default_compression_codec = 'ZSTD(3)', "
    "merge_selector_base = 30, min_bytes_for_wide_part = 33554432, old_parts_lifetime = 60"
)
"""A base of 30 lets some thirty parts wait for one merge: half the merge work of a base of 12, and
reads skip parts by hour anyway. Small parts are kept in one file; a wide one has two hundred."""

SPANS: Final = f"""
CREATE TABLE IF NOT EXISTS spans (
    project             UInt32,
    hour                DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id            String,
    span_id             String,
    parent_span_id      String,
    name                LowCardinality(String),
    kind                LowCardinality(String),
    status              LowCardinality(String),
    status_message      String,
    error_type          LowCardinality(String),
    trace_name          LowCardinality(String),
    start_time          DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_us         Nullable(Int64),
    first_token_us      Nullable(Int64),
    streaming           Nullable(UInt8),
    session_id          String,
    session_explicit    UInt8,
    user_id             String,
    model               LowCardinality(String),
    provider            LowCardinality(String),
    environment         LowCardinality(String),
    release             LowCardinality(String),
    tool_name           LowCardinality(String),
    prompt_name         LowCardinality(String),
    prompt_version      LowCardinality(String),
    tags                Array(LowCardinality(String)),
    metadata            Map(LowCardinality(String), String),
    attributes          Map(LowCardinality(String), String),
    resource            Map(LowCardinality(String), String),
    scope               LowCardinality(String),
    response_id         String,
    input_tokens        Nullable(UInt32),
    output_tokens       Nullable(UInt32),
    total_tokens        Nullable(UInt32),
    cached_tokens       Nullable(UInt32),
    cache_write_tokens  Nullable(UInt32),
    cache_write_1h_tokens Nullable(UInt32),
    reasoning_tokens    Nullable(UInt32),
    audio_tokens        Nullable(UInt32),
    input_audio_tokens  Nullable(UInt32),
    output_audio_tokens Nullable(UInt32),
    usage_counted       UInt8,
    cost_input          Nullable(Float64),
    cost_output         Nullable(Float64),
    cost_total          Nullable(Float64),
    cost_source         LowCardinality(String),
    price_date          LowCardinality(String),
    input_preview       String,
    output_preview      String,
    input_key           LowCardinality(String),
    output_key          LowCardinality(String),
    input_mime_type     LowCardinality(String),
    output_mime_type    LowCardinality(String),
    input               String,
    output              String,
    content             String,
    events              String,
    links               String,
    wire                LowCardinality(String),
    log_count           UInt16,
    version             UInt64 CODEC(Delta, ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_response response_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ft lowerUTF8(concat(input, '\\n', output)) TYPE text(tokenizer = 'asciiCJK')
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, hour, trace_id, span_id)
SETTINGS index_granularity = 512, {TABLE_SETTINGS}
"""
"""One wide row a span. `attributes` holds the small source attributes (see `rows.encode_map`),
`content` the large ones as a JSON object; the two whose text `input` and `output` are copies of are
in neither: `input_key` and `output_key` name them. `log_count` log records are folded in."""

TRACES: Final = f"""
CREATE TABLE IF NOT EXISTS traces (
    project             UInt32,
    hour                DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id            String,
    last_hour           DateTime('UTC') CODEC(Delta, ZSTD(1)),
    root_span_id        String,
    name                LowCardinality(String),
    start_time          DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_us         Nullable(Int64),
    first_token_us      Nullable(Int64),
    first_seen_at       DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    status              LowCardinality(String),
    status_message      String,
    error_type          LowCardinality(String),
    error_count         UInt32,
    span_count          UInt32,
    llm_count           UInt32,
    session_id          String,
    user_id             String,
    environment         LowCardinality(String),
    release             LowCardinality(String),
    models              Array(LowCardinality(String)),
    providers           Array(LowCardinality(String)),
    kinds               Array(LowCardinality(String)),
    tools               Array(LowCardinality(String)),
    prompt_names        Array(LowCardinality(String)),
    span_names          Array(LowCardinality(String)),
    tags                Array(LowCardinality(String)),
    metadata            Map(LowCardinality(String), String),
    input_tokens        Nullable(UInt64),
    output_tokens       Nullable(UInt64),
    total_tokens        Nullable(UInt64),
    cached_tokens       Nullable(UInt64),
    cache_write_tokens  Nullable(UInt64),
    reasoning_tokens    Nullable(UInt64),
    audio_tokens        Nullable(UInt64),
    cost_input          Nullable(Float64),
    cost_output         Nullable(Float64),
    cost_total          Nullable(Float64),
    input_preview       String,
    output_preview      String,
    version             UInt64 CODEC(Delta, ZSTD(1)),
    deleted             UInt8,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, hour, trace_id)
SETTINGS index_granularity = 1024, {TABLE_SETTINGS}
"""
"""One row a trace, recomputed from its deduplicated spans whenever they changed; `hour` is that of
the earliest span, `last_hour` that of the latest. Usage and cost sum counted spans only."""

SCORES: Final = f"""
CREATE TABLE IF NOT EXISTS scores (
    project             UInt32,
    id                  String,
    name                LowCardinality(String),
    value               Nullable(Float64),
    label               LowCardinality(String),
    comment             String,
    source              LowCardinality(String),
    identifier          LowCardinality(String),
    evaluator_version   LowCardinality(String),
    trace_id            String,
    span_id             String,
    session_id          String,
    response_id         String,
    status              LowCardinality(String),
    error               String,
    created_at          DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    metadata            Map(LowCardinality(String), String),
    version             UInt64 CODEC(Delta, ZSTD(1)),
    deleted             UInt8,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, id)
SETTINGS index_granularity = 1024, {TABLE_SETTINGS}
"""

LOGS: Final = f"""
CREATE TABLE IF NOT EXISTS logs (
    project             UInt32,
    trace_id            String,
    span_id             String,
    time                DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    record_id           String,
    event_name          LowCardinality(String),
    record              String,
    version             UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, trace_id, span_id, record_id)
SETTINGS index_granularity = 1024, {TABLE_SETTINGS}
"""
"""Log records that carry parts of spans, kept so that a span sent again finds them again."""

BLOBS: Final = """
CREATE TABLE IF NOT EXISTS blobs (
    project             UInt32,
    id                  String,
    hour                DateTime('UTC') CODEC(Delta, ZSTD(1)),
    mime_type           LowCardinality(String),
    bytes               UInt64,
    data                String,
    version             UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, id)
SETTINGS index_granularity = 8, index_granularity_bytes = 1048576,
    default_compression_codec = 'ZSTD(3)'
"""
"""Values above 256 kB, by hash, so that no list ever reads past them."""

METRICS: Final = f"""
CREATE TABLE IF NOT EXISTS metric_points (
    project             UInt32,
    name                LowCardinality(String),
    series              String,
    start_time          DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    time                DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    unit                LowCardinality(String),
    attributes          Map(LowCardinality(String), String),
    count               UInt64,
    sum                 Float64,
    bounds              Array(Float64),
    counts              Array(UInt64),
    version             UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, name, series, start_time, time)
SETTINGS index_granularity = 1024, {TABLE_SETTINGS}
"""
"""Histograms as their senders re-send them, cumulative; never added to what spans say."""

WORDS: Final = """
CREATE TABLE IF NOT EXISTS words (
    part                String,
    letters             Bool,
    words               String CODEC(ZSTD(1))
)
ENGINE = MergeTree PARTITION BY part
ORDER BY letters
SETTINGS index_granularity = 256, min_bytes_for_wide_part = 1073741824, old_parts_lifetime = 60
"""
"""The words of each part of `spans`, in lists divided by newlines; see words.py."""

_EXPERIMENT: Final = (
    "ADD COLUMN IF NOT EXISTS experiment_id LowCardinality(String) AFTER release,"
    " ADD COLUMN IF NOT EXISTS example_id String AFTER experiment_id,"
    " ADD COLUMN IF NOT EXISTS repetition Nullable(UInt32) AFTER example_id"
)
_BY_EXAMPLE: Final = (
    "ADD INDEX IF NOT EXISTS by_example example_id TYPE bloom_filter(0.01) GRANULARITY 1"
)

_NAMESPACE: Final = "pilothouse.spans"
RUN_NAMESPACE: Final = UUID(bytes=_NAMESPACE.encode())
"""Spans of other protocols are runs of LangSmith under UUIDs of version 5 in this namespace, whose
bytes are letters: the engine uses no index whose expression holds others."""
RUN_KEY: Final = (
    f"lower(hex(substring(SHA1(concat('{_NAMESPACE}',"
    " toString(project), ':', trace_id, ':', span_id)), 10, 7)))"
)
"""The end of such a UUID; what it has before that is partly fixed by its version."""
_BY_SPAN: Final = (
    "ADD INDEX IF NOT EXISTS by_span span_id TYPE bloom_filter(0.01) GRANULARITY 1,"
    f" ADD INDEX IF NOT EXISTS by_run {RUN_KEY} TYPE bloom_filter(0.01) GRANULARITY 1"
)

_IMAGES: Final = (
    "ADD COLUMN IF NOT EXISTS input_image_tokens Nullable(UInt32) AFTER output_audio_tokens,"
    " ADD COLUMN IF NOT EXISTS output_image_tokens Nullable(UInt32) AFTER input_image_tokens"
)

_BY_KEY: Final = (
    "ADD INDEX IF NOT EXISTS by_key mapKeys(attributes) TYPE bloom_filter(0.01) GRANULARITY 1"
)

_LAST_HOUR: Final = "version + 3600000000 > (SELECT max(version) FROM traces)"
_FINER_TRACES: Final = (
    "DROP TABLE IF EXISTS traces_finer SYNC",
    f"""
CREATE TABLE traces_finer AS traces
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, hour, trace_id)
SETTINGS index_granularity = 256, min_compress_block_size = 16384, {TABLE_SETTINGS}""",
    "INSERT INTO traces_finer SELECT * FROM traces SETTINGS max_execution_time = 0",
    "EXCHANGE TABLES traces AND traces_finer",
    # What another server wrote meanwhile; versions are microseconds, and clocks differ.
    f"""
INSERT INTO traces SELECT * FROM traces_finer
WHERE {_LAST_HOUR} AND (project, hour, trace_id, version) NOT IN (
    SELECT project, hour, trace_id, version FROM traces WHERE {_LAST_HOUR})""",
    "DROP TABLE traces_finer SYNC",
)

_SHARE: Final = (
    "ADD COLUMN IF NOT EXISTS share Float64"
    " DEFAULT toFloat64OrZero(trimLeft(metadata['sampling_share'], char(1))) AFTER metadata"
)

MIGRATIONS: Final[tuple[tuple[int, str, tuple[str, ...]], ...]] = (
    (1, "the first tables", (SPANS, TRACES, SCORES, LOGS, BLOBS, METRICS)),
    (
        2,
        "what a list shows of a trace, in one column",
        ("ALTER TABLE traces ADD COLUMN IF NOT EXISTS packed String AFTER output_preview",),
    ),
    (
        3,
        "which example of which experiment a span was run over; of a trace, its root",
        (
            f"ALTER TABLE spans {_EXPERIMENT}",
            f"ALTER TABLE traces {_EXPERIMENT}",
            f"ALTER TABLE traces {_BY_EXAMPLE}",
        ),
    ),
    (
        4,
        "spans by their id alone, and by the id that LangSmith's clients use",
        (f"ALTER TABLE spans {_BY_SPAN}",),
    ),
    (
        5,
        "tokens of images, which have prices of their own",
        (f"ALTER TABLE spans {_IMAGES}",),
    ),
    (6, "the words of the texts, so that parts of words are found", (WORDS,)),
    (7, "spans by the keys of their attributes", (f"ALTER TABLE spans {_BY_KEY}",)),
    (8, "traces in smaller granules: who finds a few reads less around them", _FINER_TRACES),
    (9, "sums of the spans of an hour, so that charts of a month read few rows", (SPAN_HOURS,)),
    (
        10,
        "sums of hours by kind, and how fast tokens came; they are summed again when asked for",
        ("DROP TABLE IF EXISTS span_hours SYNC", SPAN_HOURS),
    ),
    (
        11,
        "which calls were billed, in sums of hours; they are summed again when asked for",
        ("DROP TABLE IF EXISTS span_hours SYNC", SPAN_HOURS),
    ),
    (12, "sums of hours by keys of the user's own, made when they are asked for", (KEY_HOURS,)),
    (
        13,
        "the share that a rule's verdict was drawn with: one over it is what it counts for",
        (f"ALTER TABLE scores {_SHARE}",),
    ),
)
"""(number, reason, statements), applied in order, forwards only; each statement can be repeated."""
