"""A run, as far as its halves have told of it, and the halves themselves.

The large values (inputs, outputs, extra, events, serialized) stay the JSON text that was received:
they are given back as they came.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from pilothouse.platform.errors import BadRequest, Unprocessable
from pilothouse.platform.half_characters import mended_json
from pilothouse.platform.ingest.langsmith.addresses import project_at
from pilothouse.platform.ingest.langsmith.times import micros_in, micros_of_segment, stamp_of

Verb = Literal["post", "patch"]
RUN_TYPES: Final = ("tool", "chain", "llm", "retriever", "embedding", "prompt", "parser")
JSON_FIELDS: Final = ("inputs", "outputs", "events", "extra", "serialized")
"""Fields of a run that hold JSON, each of which may come as a part of its own."""
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGITS_ALIKE: Final = bytes(ord("0") if chr(byte).isdecimal() else byte for byte in range(256))
_LONG_NUMBER: Final = b"0" * 19
_SEGMENT: Final = re.compile(rf"\d{{8}}T\d{{12}}Z(?:{_UUID.pattern})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a run or an example."""

    blob: str
    """SHA-256 of its bytes, under which they are stored."""
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run; None is what no half has said yet."""

    id: str
    trace_id: str
    project: str
    parent_id: str = ""
    dotted_order: str = ""
    name: str | None = None
    run_type: str | None = None
    start_us: int | None = None
    assumed_us: int | None = None
    """Where it stands while nobody has said when it began: when its first half came."""
    end_us: int | None = None
    inputs: str | None = None
    outputs: str | None = None
    events: str | None = None
    extra: str | None = None
    serialized: str | None = None
    error: str | None = None
    tags: tuple[str, ...] | None = None
    example_id: str | None = None
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    patched: frozenset[str] = frozenset()
    """Fields that a patch has set: no late post may change them."""
    posted: bool = False
    """Whether its beginning has come; until then it may lack a name."""
    confined: bool = False
    """Whether a key of its project wrote it: then it is no other project's run of the same id."""
    example_metadata: str | None = None
    """What its example says of it, to stand among its metadata: a JSON object."""
    changed_tags: str | None = None
    """How people changed its tags, as `dialects.changed_tags` tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One operation on a run: its beginning (`post`) or a change of it (`patch`)."""

    verb: Verb
    id: str
    said: dict[str, Any]
    """The fields of `Run` that it gives a value, those of `JSON_FIELDS` as JSON text."""
    session_id: str = ""
    session_name: str = ""

    @property
    def is_nowhere(self) -> bool:
        """Whether it is a change by hand, which says of the run's place nothing but its id."""
        return (
            self.verb == "patch"
            and not self.session_id
            and not self.session_name
            and not self.said.get("dotted_order")
        )


def own_run(runs: Sequence[Run], half: Half, project: str, only: str | None) -> Run | None:
    """The run that a half speaks of, among those that share its id; None where it is a new one.

    Whoever knows an id may post it before its owner does. So a run that came with a project's key
    is taken for nobody else's: `only` is the project of the key that sends the half, `project`
    where the half wants to go.
    """
    if only is not None:
        return next((run for run in runs if run.project == only), None)
    free = None
    for run in runs:
        if not run.confined:
            free = run
        elif run.project == project and (half.session_id or half.session_name):
            return run
    if free is None and len(runs) == 1 and half.is_nowhere:
        return runs[0]
    return free


def joined(begun: Run, changes: Run) -> Run:
    """A run whose beginning and whose changes were taken by different servers."""
    values = {name: getattr(changes, name) for name in changes.patched}
    return dataclasses.replace(
        begun,
        **values,
        attachments={**begun.attachments, **changes.attachments},
        patched=begun.patched | changes.patched,
    )


def merged(
    known: Run | None, half: Half, project: str, now_us: int = 0, *, confined: bool = False
) -> Run:
    """The run after one more operation, in whichever order they come.

    A value replaces, null leaves alone; a post never replaces what a patch has set. Only of where
    the run stands (project, trace, start) the post knows best: once it has told that, it stays.
    `project` is where a run goes that nothing is known of yet, `confined` whether it stays there.
    """
    said = half.said
    is_post = half.verb == "post"
    if known is None:
        fields: dict[str, Any] = {"trace_id": half.id, "project": project, **said}
        patched = _NOTHING if is_post else frozenset(said) - _NEVER_PATCHED
        fields |= {"id": half.id, "patched": patched, "posted": is_post, "confined": confined}
        return Run(**_completed(fields, now_us))
    fields = {name: getattr(known, name) for name in _FIELDS}
    patched = known.patched
    placed = known.posted and known.dotted_order
    for name, value in said.items():
        if name in _PLACE:
            if not placed:
                fields[name] = value
        elif name == "attachments":
            fields[name] = {**known.attachments, **value}
        elif not is_post or name not in patched:
            fields[name] = value
    if is_post:
        fields["posted"] = True
    else:
        fields["patched"] = patched | (said.keys() - _NEVER_PATCHED)
    if not known.posted and (half.session_id or half.session_name):
        fields["project"] = project
    return Run(**_completed(fields, now_us))


_PLACE: Final = ("trace_id", "dotted_order", "parent_id", "start_us")
_NEVER_PATCHED: Final = frozenset((*_PLACE, "attachments"))


_FIELDS: Final = tuple(one.name for one in dataclasses.fields(Run))
_NOTHING: Final[frozenset[str]] = frozenset()


def _completed(run: dict[str, Any], now_us: int) -> dict[str, Any]:
    """The fields of a run with what its dotted order and its id imply."""
    order = run.get("dotted_order")
    start_us = run.get("start_us")
    if order:
        head, _, last = order.rpartition(".")
        run["trace_id"] = order[22:58]
        run["parent_id"] = head[-36:]
        if start_us is None:
            run["start_us"] = start_us = micros_of_segment(last)
    elif start_us is not None and not run.get("parent_id"):
        run["dotted_order"] = f"{stamp_of(start_us)}{run['id']}"
    if start_us is None and run.get("assumed_us") is None:
        end_us = run.get("end_us")
        run["assumed_us"] = now_us if end_us is None else min(now_us, end_us)
    return run


def half_of(
    verb: Verb,
    run_id: str,
    body: Mapping[str, Any],
    parts: Mapping[str, bytes] | None = None,
    attachments: Mapping[str, Attachment] | None = None,
) -> Half:
    """An operation from a run's JSON; `parts` are fields that came apart from it.

    Raises BadRequest, Unprocessable.
    """
    where = f"{verb} of run {run_id}"
    said: dict[str, Any] = {}
    for name in JSON_FIELDS:
        value = body.get(name)
        if value is not None:
            said[name] = json_text(value)
    error = body.get("error")
    for name, payload in (parts or {}).items():
        # It stays the text that it is, so that only what kind of value it is counts.
        value = parsed_json(payload, f"{where}: its part {name!r}", exact=False)
        if name == "error":
            error = value
        elif name in JSON_FIELDS and value is not None:
            said[name] = mended_json(payload.decode())
    if error is not None:
        said["error"] = error if type(error) is str else json_text(error)
    _add_scalars(said, body, where)
    if body.get("revision_id") is not None and (verb == "post" or "extra" in said):
        said["extra"] = _with_revision(said.get("extra"), _text(body["revision_id"], where))
    if attachments:
        said["attachments"] = dict(attachments)
    said["id"] = run_id
    _check_order(said, where)
    del said["id"]
    return Half(
        verb=verb,
        id=run_id,
        said=said,
        session_id=uuid_in(body.get("session_id"), f"{where}: session_id"),
        session_name=_text(body.get("session_name"), f"{where}: session_name")
        or project_at(body.get("address"), f"{where}: address"),
    )


def _add_scalars(said: dict[str, Any], body: Mapping[str, Any], where: str) -> None:
    for key, name, read in _SCALARS:
        value = body.get(key)
        if value is not None:
            found = read(value, f"{where}: {key}")
            if found != "":
                said[name] = found


def _with_revision(extra: str | None, revision_id: str) -> str:
    """`extra` with the revision where readers look for it, unless one stands there."""
    found = parsed_json((extra or "{}").encode(), "extra")
    if not isinstance(found, dict):
        return extra or "{}"
    metadata = found.setdefault("metadata", {})
    if not isinstance(metadata, dict) or metadata.get("revision_id") is not None:
        return json_text(found)
    return json_text({**found, "metadata": {**metadata, "revision_id": revision_id}})


def _check_order(said: Mapping[str, Any], where: str) -> None:
    order = said.get("dotted_order")
    if not order:
        return
    segments = order.split(".")
    wrong = next((s for s in segments if not _SEGMENT.fullmatch(s)), None)
    if wrong is not None:
        raise Unprocessable(
            f"{where}: dotted_order has a segment {wrong[:80]!r}; one is a time as"
            " 20261121T091500123456Z followed by the id of a run"
        )
    if segments[-1][-36:] != said["id"]:
        raise Unprocessable(f"{where}: dotted_order ends with another run, {segments[-1][-36:]}")
    trace = said.get("trace_id")
    if trace and segments[0][-36:] != trace:
        raise Unprocessable(f"{where}: dotted_order begins with another trace, {segments[0][-36:]}")


def uuid_in(value: Any, where: str) -> str:
    """A UUID in its usual spelling, "" for null. Raises Unprocessable."""
    if value is None or value == "":
        return ""
    text = str(value).lower()
    if len(text) == 32 and text.isalnum():
        text = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    if not _UUID.fullmatch(text):
        raise Unprocessable(f"{where} is no UUID: {str(value)[:60]!r}")
    return text


def json_text(value: Any) -> str:
    """A value as JSON text; whole numbers of any size."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parsed_json(payload: bytes, where: str, *, exact: bool = True) -> Any:
    """The value of JSON text; whole numbers of any size, if `exact`. Raises BadRequest.

    Half a character is replaced (U+FFFD).
    """
    # The fast parser makes floats of whole numbers beyond 64 bits.
    if not (exact and _LONG_NUMBER in payload.translate(_DIGITS_ALIKE)):
        try:
            return orjson.loads(payload)
        except orjson.JSONDecodeError:
            pass  # the other parser takes what this one does not, or says what is wrong
    try:
        return json.loads(mended_json(payload.decode("utf-8-sig")))
    except (ValueError, RecursionError) as e:
        raise BadRequest(f"{where} is no JSON: {e}") from None


def _run_type(value: Any, where: str) -> str:
    if value not in RUN_TYPES:
        raise Unprocessable(f"{where} is one of {', '.join(RUN_TYPES)}, not {str(value)[:60]!r}")
    return str(value)


def _tags(value: Any, where: str) -> tuple[str, ...]:
    if type(value) is not list:
        raise Unprocessable(f"{where} is a list of texts, not {type(value).__name__}")
    return tuple(str(tag) for tag in value)


def _text(value: Any, where: str) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        raise Unprocessable(f"{where} is a text, not {type(value).__name__}")
    return value


_SCALARS: Final[tuple[tuple[str, str, Callable[[Any, str], Any]], ...]] = (
    ("name", "name", _text),
    ("run_type", "run_type", _run_type),
    ("start_time", "start_us", micros_in),
    ("end_time", "end_us", micros_in),
    ("tags", "tags", _tags),
    ("trace_id", "trace_id", uuid_in),
    ("parent_run_id", "parent_id", uuid_in),
    ("reference_example_id", "example_id", uuid_in),
    ("dotted_order", "dotted_order", _text),
)
"""Key of the JSON, field of `Run`, how it is read."""
