CREATE TABLE IF NOT EXISTS blobs
(
    `project` UInt32,
    `id` String,
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `mime_type` LowCardinality(String),
    `bytes` UInt64,
    `data` String,
    `version` UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, id)
SETTINGS index_granularity = 8, index_granularity_bytes = 1048576, default_compression_codec = 'ZSTD(3)';

CREATE TABLE IF NOT EXISTS key_hours
(
    `project` UInt32,
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `fields` LowCardinality(String),
    `value0` LowCardinality(String),
    `value1` LowCardinality(String),
    `value2` LowCardinality(String),
    `elsewhere` UInt8,
    `kind` LowCardinality(String),
    `status` LowCardinality(String),
    `error_type` LowCardinality(String),
    `model` LowCardinality(String),
    `provider` LowCardinality(String),
    `environment` LowCardinality(String),
    `release` LowCardinality(String),
    `tool_name` LowCardinality(String),
    `prompt_name` LowCardinality(String),
    `prompt_version` LowCardinality(String),
    `streaming` Nullable(UInt8),
    `has_tokens` UInt8,
    `has_cost` UInt8,
    `total_tokens` Nullable(UInt8) ALIAS if(has_tokens, 1, NULL),
    `cost_total` Nullable(UInt8) ALIAS if(has_cost, 1, NULL),
    `parts` UInt64,
    `n` UInt64,
    `call_count` UInt64,
    `unpriced_call_count` UInt64,
    `silent_call_count` UInt64,
    `client_cost` Float64,
    `durations` Array(Int64) CODEC(T64, LZ4),
    `first_tokens` Array(Int64) CODEC(T64, LZ4),
    `sum_input_tokens` UInt64,
    `sum_output_tokens` UInt64,
    `sum_total_tokens` UInt64,
    `sum_cached_tokens` UInt64,
    `sum_cache_write_tokens` UInt64,
    `sum_cache_write_1h_tokens` UInt64,
    `sum_reasoning_tokens` UInt64,
    `sum_audio_tokens` UInt64,
    `sum_input_audio_tokens` UInt64,
    `sum_output_audio_tokens` UInt64,
    `sum_input_image_tokens` UInt64,
    `sum_output_image_tokens` UInt64,
    `sum_cost_input` Float64,
    `sum_cost_output` Float64,
    `sum_cost_total` Float64,
    `known_input_tokens` UInt64,
    `known_output_tokens` UInt64,
    `known_total_tokens` UInt64,
    `known_cached_tokens` UInt64,
    `known_cache_write_tokens` UInt64,
    `known_cache_write_1h_tokens` UInt64,
    `known_reasoning_tokens` UInt64,
    `known_audio_tokens` UInt64,
    `known_input_audio_tokens` UInt64,
    `known_output_audio_tokens` UInt64,
    `known_input_image_tokens` UInt64,
    `known_output_image_tokens` UInt64,
    `known_cost_input` UInt64,
    `known_cost_output` UInt64,
    `known_cost_total` UInt64,
    `answered_tokens` UInt64,
    `answered_us` UInt64
)
ENGINE = MergeTree
ORDER BY (project, fields, kind, hour, parts)
SETTINGS index_granularity = 256, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS logs
(
    `project` UInt32,
    `trace_id` String,
    `span_id` String,
    `time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `record_id` String,
    `event_name` LowCardinality(String),
    `record` String,
    `version` UInt64 CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, trace_id, span_id, record_id)
SETTINGS index_granularity = 1024, index_granularity_bytes = 104857600, default_compression_codec = 'ZSTD(3)', merge_selector_base = 30, min_bytes_for_wide_part = 33554432, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS metric_points
(
    `project` UInt32,
    `name` LowCardinality(String),
    `series` String,
    `start_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `unit` LowCardinality(String),
    `attributes` Map(LowCardinality(String), String),
    `count` UInt64,
    `sum` Float64,
    `bounds` Array(Float64),
    `counts` Array(UInt64),
    `version` UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, name, series, start_time, time)
SETTINGS index_granularity = 1024, index_granularity_bytes = 104857600, default_compression_codec = 'ZSTD(3)', merge_selector_base = 30, min_bytes_for_wide_part = 33554432, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS scores
(
    `project` UInt32,
    `id` String,
    `name` LowCardinality(String),
    `value` Nullable(Float64),
    `label` LowCardinality(String),
    `comment` String,
    `source` LowCardinality(String),
    `identifier` LowCardinality(String),
    `evaluator_version` LowCardinality(String),
    `trace_id` String,
    `span_id` String,
    `session_id` String,
    `response_id` String,
    `status` LowCardinality(String),
    `error` String,
    `created_at` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `metadata` Map(LowCardinality(String), String),
    `share` Float64 DEFAULT toFloat64OrZero(trimLeft(metadata['sampling_share'], char(1))),
    `version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `deleted` UInt8,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, id)
SETTINGS index_granularity = 1024, index_granularity_bytes = 104857600, default_compression_codec = 'ZSTD(3)', merge_selector_base = 30, min_bytes_for_wide_part = 33554432, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS span_hours
(
    `project` UInt32,
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `kind` LowCardinality(String),
    `status` LowCardinality(String),
    `error_type` LowCardinality(String),
    `model` LowCardinality(String),
    `provider` LowCardinality(String),
    `environment` LowCardinality(String),
    `release` LowCardinality(String),
    `tool_name` LowCardinality(String),
    `prompt_name` LowCardinality(String),
    `prompt_version` LowCardinality(String),
    `streaming` Nullable(UInt8),
    `has_tokens` UInt8,
    `has_cost` UInt8,
    `total_tokens` Nullable(UInt8) ALIAS if(has_tokens, 1, NULL),
    `cost_total` Nullable(UInt8) ALIAS if(has_cost, 1, NULL),
    `parts` UInt64,
    `n` UInt64,
    `call_count` UInt64,
    `unpriced_call_count` UInt64,
    `silent_call_count` UInt64,
    `client_cost` Float64,
    `durations` Array(Int64) CODEC(T64, LZ4),
    `first_tokens` Array(Int64) CODEC(T64, LZ4),
    `sum_input_tokens` UInt64,
    `sum_output_tokens` UInt64,
    `sum_total_tokens` UInt64,
    `sum_cached_tokens` UInt64,
    `sum_cache_write_tokens` UInt64,
    `sum_cache_write_1h_tokens` UInt64,
    `sum_reasoning_tokens` UInt64,
    `sum_audio_tokens` UInt64,
    `sum_input_audio_tokens` UInt64,
    `sum_output_audio_tokens` UInt64,
    `sum_input_image_tokens` UInt64,
    `sum_output_image_tokens` UInt64,
    `sum_cost_input` Float64,
    `sum_cost_output` Float64,
    `sum_cost_total` Float64,
    `known_input_tokens` UInt64,
    `known_output_tokens` UInt64,
    `known_total_tokens` UInt64,
    `known_cached_tokens` UInt64,
    `known_cache_write_tokens` UInt64,
    `known_cache_write_1h_tokens` UInt64,
    `known_reasoning_tokens` UInt64,
    `known_audio_tokens` UInt64,
    `known_input_audio_tokens` UInt64,
    `known_output_audio_tokens` UInt64,
    `known_input_image_tokens` UInt64,
    `known_output_image_tokens` UInt64,
    `known_cost_input` UInt64,
    `known_cost_output` UInt64,
    `known_cost_total` UInt64,
    `answered_tokens` UInt64,
    `answered_us` UInt64
)
ENGINE = MergeTree
ORDER BY (project, kind, hour, parts)
SETTINGS index_granularity = 256, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS spans
(
    `project` UInt32,
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `trace_id` String,
    `span_id` String,
    `parent_span_id` String,
    `name` LowCardinality(String),
    `kind` LowCardinality(String),
    `status` LowCardinality(String),
    `status_message` String,
    `error_type` LowCardinality(String),
    `trace_name` LowCardinality(String),
    `start_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `duration_us` Nullable(Int64),
    `first_token_us` Nullable(Int64),
    `streaming` Nullable(UInt8),
    `session_id` String,
    `session_explicit` UInt8,
    `user_id` String,
    `model` LowCardinality(String),
    `provider` LowCardinality(String),
    `environment` LowCardinality(String),
    `release` LowCardinality(String),
    `experiment_id` LowCardinality(String),
    `example_id` String,
    `repetition` Nullable(UInt32),
    `tool_name` LowCardinality(String),
    `prompt_name` LowCardinality(String),
    `prompt_version` LowCardinality(String),
    `tags` Array(LowCardinality(String)),
    `metadata` Map(LowCardinality(String), String),
    `attributes` Map(LowCardinality(String), String),
    `resource` Map(LowCardinality(String), String),
    `scope` LowCardinality(String),
    `response_id` String,
    `input_tokens` Nullable(UInt32),
    `output_tokens` Nullable(UInt32),
    `total_tokens` Nullable(UInt32),
    `cached_tokens` Nullable(UInt32),
    `cache_write_tokens` Nullable(UInt32),
    `cache_write_1h_tokens` Nullable(UInt32),
    `reasoning_tokens` Nullable(UInt32),
    `audio_tokens` Nullable(UInt32),
    `input_audio_tokens` Nullable(UInt32),
    `output_audio_tokens` Nullable(UInt32),
    `input_image_tokens` Nullable(UInt32),
    `output_image_tokens` Nullable(UInt32),
    `usage_counted` UInt8,
    `cost_input` Nullable(Float64),
    `cost_output` Nullable(Float64),
    `cost_total` Nullable(Float64),
    `cost_source` LowCardinality(String),
    `price_date` LowCardinality(String),
    `input_preview` String,
    `output_preview` String,
    `input_key` LowCardinality(String),
    `output_key` LowCardinality(String),
    `input_mime_type` LowCardinality(String),
    `output_mime_type` LowCardinality(String),
    `input` String,
    `output` String,
    `content` String,
    `events` String,
    `links` String,
    `wire` LowCardinality(String),
    `log_count` UInt16,
    `version` UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_response response_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ft lowerUTF8(concat(input, '\n', output)) TYPE text(tokenizer = 'asciiCJK') GRANULARITY 100000000,
    INDEX by_span span_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_run lower(hex(substring(SHA1(concat('pilothouse.spans', toString(project), ':', trace_id, ':', span_id)), 10, 7))) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_key mapKeys(attributes) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, hour, trace_id, span_id)
SETTINGS index_granularity = 512, index_granularity_bytes = 104857600, default_compression_codec = 'ZSTD(3)', merge_selector_base = 30, min_bytes_for_wide_part = 33554432, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS traces
(
    `project` UInt32,
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `trace_id` String,
    `last_hour` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `root_span_id` String,
    `name` LowCardinality(String),
    `start_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `duration_us` Nullable(Int64),
    `first_token_us` Nullable(Int64),
    `first_seen_at` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `status` LowCardinality(String),
    `status_message` String,
    `error_type` LowCardinality(String),
    `error_count` UInt32,
    `span_count` UInt32,
    `llm_count` UInt32,
    `session_id` String,
    `user_id` String,
    `environment` LowCardinality(String),
    `release` LowCardinality(String),
    `experiment_id` LowCardinality(String),
    `example_id` String,
    `repetition` Nullable(UInt32),
    `models` Array(LowCardinality(String)),
    `providers` Array(LowCardinality(String)),
    `kinds` Array(LowCardinality(String)),
    `tools` Array(LowCardinality(String)),
    `prompt_names` Array(LowCardinality(String)),
    `span_names` Array(LowCardinality(String)),
    `tags` Array(LowCardinality(String)),
    `metadata` Map(LowCardinality(String), String),
    `input_tokens` Nullable(UInt64),
    `output_tokens` Nullable(UInt64),
    `total_tokens` Nullable(UInt64),
    `cached_tokens` Nullable(UInt64),
    `cache_write_tokens` Nullable(UInt64),
    `reasoning_tokens` Nullable(UInt64),
    `audio_tokens` Nullable(UInt64),
    `cost_input` Nullable(Float64),
    `cost_output` Nullable(Float64),
    `cost_total` Nullable(Float64),
    `input_preview` String,
    `output_preview` String,
    `packed` String,
    `version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `deleted` UInt8,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_example example_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, hour, trace_id)
SETTINGS index_granularity = 256, min_compress_block_size = 16384, index_granularity_bytes = 104857600, default_compression_codec = 'ZSTD(3)', merge_selector_base = 30, min_bytes_for_wide_part = 33554432, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS words
(
    `part` String,
    `letters` Bool,
    `words` String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY part
ORDER BY letters
SETTINGS index_granularity = 256, min_bytes_for_wide_part = 1073741824, old_parts_lifetime = 60;
