"""A span as a row of `spans`, and back.

Small attributes go to a Map that filters can read; large and indexed ones ("llm.input_messages.0…")
to one JSON object; a text that `input` or `output` repeats letter by letter is kept once, there.
`source_of` puts the attributes together again as they came.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final, Protocol

import orjson
import ormsgpack

from pilothouse.spans import Event, Fields, Link, Source

SPAN_COLUMNS: Final = (
    "project",
    "hour",
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "kind",
    "status",
    "status_message",
    "error_type",
    "trace_name",
    "start_time",
    "duration_us",
    "first_token_us",
    "streaming",
    "session_id",
    "session_explicit",
    "user_id",
    "model",
    "provider",
    "environment",
    "release",
    "tool_name",
    "prompt_name",
    "prompt_version",
    "experiment_id",
    "example_id",
    "repetition",
    "tags",
    "metadata",
    "attributes",
    "resource",
    "scope",
    "response_id",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "audio_tokens",
    "input_audio_tokens",
    "output_audio_tokens",
    "input_image_tokens",
    "output_image_tokens",
    "usage_counted",
    "cost_input",
    "cost_output",
    "cost_total",
    "cost_source",
    "price_date",
    "input_preview",
    "output_preview",
    "input_key",
    "output_key",
    "input_mime_type",
    "output_mime_type",
    "input",
    "output",
    "content",
    "events",
    "links",
    "wire",
    "log_count",
    "version",
)
"""In the order of `row_of`."""

SOURCE_COLUMNS: Final = (
    "project",
    "trace_id",
    "span_id",
    "parent_span_id",
    "start_us",
    "duration_us",
    "attributes",
    "resource",
    "scope",
    "input_key",
    "output_key",
    "input",
    "output",
    "content",
    "events",
    "links",
    "wire",
    "status_message",
    "name",
)
"""What `source_of` reads; `start_us` is `toUnixTimestamp64Micro(start_time)`."""

_LONG: Final = 200  # characters above which a value is content, not something to filter by
_TYPED: Final = "\x01"  # marks a Map value that is JSON, not a plain string
_INDEXED: Final = re.compile(r"\.\d+(\.|$)")
_US_MAX: Final = 10_413_791_999_999_999  # DateTime64(6) ends with 2299
_HOUR_MAX: Final = 4_294_965_600  # DateTime ends in 2106
_U32_MAX: Final = 4_294_967_295
_KEYS_KEPT: Final = 50_000
_SLICE: Final = 1024
_NO_COUNTS: Final = (None,) * 12

_indexed_keys: set[str] = set()
_plain_keys: set[str] = set()


class CostLike(Protocol):
    """What the price list answers: see `spans.prices.Cost`."""

    @property
    def input(self) -> float | None: ...
    @property
    def output(self) -> float | None: ...
    @property
    def total(self) -> float | None: ...
    @property
    def source(self) -> str: ...
    @property
    def price_date(self) -> str | None: ...


def dumps(value: Any) -> bytes:
    """JSON of any attribute value; bytes as {"$bytes": base64}, numbers beyond 64 bits as text."""
    try:
        return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return orjson.dumps(_tame(value), option=orjson.OPT_NON_STR_KEYS)


def _default(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def _tame(value: Any, depth: int = 0) -> Any:
    """The same value in words that JSON has: for huge integers, odd types, endless nesting."""
    if depth > 200:
        return "…"
    if isinstance(value, dict):
        return {str(k): _tame(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_tame(v, depth + 1) for v in value]
    if isinstance(value, bytes | bytearray):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return value
    return str(value)


def encode_value(value: Any) -> str:
    """One value of a Map column: strings as they are, anything else as JSON behind a mark."""
    kind = type(value)
    if kind is int:
        return f"{_TYPED}{value}"
    if kind is str:
        return _TYPED + dumps(value).decode() if value.startswith(_TYPED) else value
    if kind is float and not math.isfinite(value):
        return _TYPED + ("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")
    return _TYPED + dumps(value).decode()


def decode_value(text: str) -> Any:
    """The value that `encode_value` wrote."""
    if not text.startswith(_TYPED):
        return text
    text = text[1:]
    if text in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    return restore(orjson.loads(text))


def restore(value: Any) -> Any:
    """The value with {"$bytes": …} turned back into bytes."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(encoded := value.get("$bytes"), str):
            return base64.b64decode(encoded)
        return {k: restore(v) for k, v in value.items()}
    if isinstance(value, list):
        return [restore(v) for v in value]
    return value


def encode_map(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        k: v if type(v) is str and v[:1] != _TYPED else encode_value(v) for k, v in values.items()
    }


def split_attributes(
    attributes: Mapping[str, Any], skip: tuple[str, str]
) -> tuple[dict[str, str], dict[str, Any]]:
    """(small ones for the Map, content); `skip` names the attributes kept as input and output."""
    small: dict[str, str] = {}
    content: dict[str, Any] = {}
    plain, indexed = _plain_keys, _indexed_keys
    for key, value in attributes.items():
        # Every attribute of every span comes through here: looking into a set costs least.
        if key not in plain and (key in indexed or _sort(key)):
            content[key] = value
            continue
        kind = type(value)
        if kind is int:
            small[key] = f"{_TYPED}{value}"
            continue
        text = value
        if kind is not str or value[:1] == _TYPED:
            text = encode_value(value)
        if len(text) > _LONG:
            content[key] = value
        else:
            small[key] = text
    for key in skip:
        if key and small.pop(key, None) is None:
            content.pop(key, None)
    return small, content


def _sort(key: str) -> bool:
    """Whether the key of an attribute is indexed; remembered while there are not too many keys."""
    is_indexed = _INDEXED.search(key) is not None
    if len(_plain_keys) + len(_indexed_keys) < _KEYS_KEPT:
        (_indexed_keys if is_indexed else _plain_keys).add(key)
    return is_indexed


def hour_of(start_ns: int) -> int:
    """Seconds of the full hour that a span starts in: a part of its key."""
    hour = start_ns // 3_600_000_000_000 * 3600
    return hour if hour < _HOUR_MAX else _HOUR_MAX  # noqa: FURB136 - half the cost


def _count(value: int | None) -> int | None:
    if value is None or 0 <= value <= _U32_MAX:
        return value
    return 0 if value < 0 else _U32_MAX


def _dollars(value: float | None) -> float | None:
    return None if value is None else float(value)  # the engine takes no integer here


def row_of(
    project: int,
    source: Source,
    fields: Fields,
    cost: CostLike | None,
    version: int,
    resource: dict[str, str] | None = None,
) -> tuple[Any, ...]:
    """The row of `spans`, in the order of SPAN_COLUMNS.

    `resource` is the span's resource as `encode_map` gives it, where spans share one.
    """
    attributes = source.attributes
    input_key, output_key = fields.input_key, fields.output_key
    if input_key and attributes.get(input_key) != fields.input:
        input_key = ""
    if output_key and (output_key == input_key or attributes.get(output_key) != fields.output):
        output_key = ""
    small, content = split_attributes(attributes, (input_key, output_key))
    start_us = source.start_ns // 1000
    if start_us > _US_MAX:
        start_us = _US_MAX
    end_ns, token_ns = source.end_ns, fields.first_token_ns
    duration_us = None
    if end_ns is not None:
        duration_us = (end_ns // 1000 if end_ns < _US_MAX * 1000 else _US_MAX) - start_us
        if duration_us < 0:
            duration_us = 0
    usage = fields.usage
    scope = source.scope_name
    if source.scope_version or source.scope_attributes:
        scope = f"{scope}{_TYPED}{source.scope_version}"
        if source.scope_attributes:
            scope += _TYPED + dumps(source.scope_attributes).decode()
    return (
        project,
        hour_of(source.start_ns),
        source.trace_id,
        source.span_id,
        source.parent_span_id,
        fields.name,
        fields.kind,
        fields.status,
        fields.status_message,
        fields.error_type,
        fields.trace_name,
        start_us,
        duration_us,
        None if token_ns is None else max(0, token_ns // 1000 - start_us),
        None if fields.streaming is None else int(fields.streaming),
        fields.session_id,
        int(fields.session_explicit),
        fields.user_id,
        fields.model,
        fields.provider,
        fields.environment,
        fields.release,
        fields.tool_name,
        fields.prompt_name,
        fields.prompt_version,
        fields.experiment_id,
        fields.example_id,
        _count(fields.repetition),
        fields.tags,
        fields.metadata,
        small,
        encode_map(source.resource) if resource is None else resource,
        scope,
        fields.response_id,
        *(
            _NO_COUNTS
            if usage is None
            else (
                _count(usage.input_tokens),
                _count(usage.output_tokens),
                _count(usage.total_tokens),
                _count(usage.cached_tokens),
                _count(usage.cache_write_tokens),
                _count(usage.cache_write_1h_tokens),
                _count(usage.reasoning_tokens),
                _count(usage.audio_tokens),
                _count(usage.input_audio_tokens),
                _count(usage.output_audio_tokens),
                _count(usage.input_image_tokens),
                _count(usage.output_image_tokens),
            )
        ),
        int(usage is not None or cost is not None),
        *(
            (None, None, None)
            if cost is None
            else (_dollars(cost.input), _dollars(cost.output), _dollars(cost.total))
        ),
        "" if cost is None else cost.source,
        "" if cost is None else cost.price_date or "",
        fields.input_preview,
        fields.output_preview,
        input_key,
        output_key,
        fields.input_mime_type,
        fields.output_mime_type,
        fields.input,
        fields.output,
        dumps(content) if content else b"",
        dumps([_event(e) for e in source.events]) if source.events else b"",
        dumps([_link(x) for x in source.links]) if source.links else b"",
        _wire(source, fields.name),
        len(source.logs),
        version,
    )


def pack_all(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Many rows in the same format, at less cost than one by one."""
    # In slices: whoever packs holds Python's lock.
    parts = [_pack_some(rows[at : at + _SLICE]) for at in range(0, len(rows), _SLICE)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _pack_some(rows: Sequence[tuple[Any, ...]]) -> bytes:
    values = list(chain.from_iterable(rows))
    packed = ormsgpack.packb(values, option=ormsgpack.OPT_NON_STR_KEYS)
    count = len(values)  # which says how long the header of the array around them is
    return packed[1:] if count < 16 else packed[3:] if count < 65_536 else packed[5:]


def pack(row: tuple[Any, ...]) -> bytes:
    """The row in ClickHouse's MsgPack format: as the write-ahead file and the insert have it."""
    packed = ormsgpack.packb(row, option=ormsgpack.OPT_NON_STR_KEYS)
    return packed[1:] if len(row) < 16 else packed[3:]  # without the header of the array around it


def _wire(source: Source, shown_name: str) -> str:
    """Protocol, OpenTelemetry span kind, status code, and the name where the row shows another."""
    name = "" if source.name == shown_name else source.name
    return f"{source.wire}{_TYPED}{source.otel_kind}{_TYPED}{source.status_code}{_TYPED}{name}"


def _event(event: Event) -> dict[str, Any]:
    return {"name": event.name, "time_ns": event.time_ns, "attributes": event.attributes}


def _link(link: Link) -> dict[str, Any]:
    return {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": link.attributes}


def _loads(text: str, empty: Any) -> Any:
    return restore(orjson.loads(text)) if text else empty


def source_of(row: Mapping[str, Any], project: str) -> Source:
    """The source that a row (SOURCE_COLUMNS) was made of, without its log records."""
    attributes = {k: decode_value(v) for k, v in row["attributes"].items()}
    attributes.update(_loads(row["content"], {}))
    kept_once = ((row["input_key"], row["input"]), (row["output_key"], row["output"]))
    attributes |= {key: text for key, text in kept_once if key}
    scope_name, _, rest = row["scope"].partition(_TYPED)
    scope_version, _, scope_attributes = rest.partition(_TYPED)
    wire, otel_kind, status_code, name = [*row["wire"].split(_TYPED, 3), "0", "0", ""][:4]
    start_ns = int(row["start_us"]) * 1000
    duration_us = row["duration_us"]
    return Source(
        project=project,
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_span_id=row["parent_span_id"],
        name=name or row["name"],
        start_ns=start_ns,
        end_ns=None if duration_us is None else start_ns + int(duration_us) * 1000,
        otel_kind=int(otel_kind),
        status_code=int(status_code),
        status_message=row["status_message"] if status_code == "2" else "",
        attributes=attributes,
        resource={k: decode_value(v) for k, v in row["resource"].items()},
        scope_name=scope_name,
        scope_version=scope_version,
        scope_attributes=_loads(scope_attributes, {}),
        events=[Event(**e) for e in _loads(row["events"], [])],
        links=[Link(**x) for x in _loads(row["links"], [])],
        wire=wire,
    )
