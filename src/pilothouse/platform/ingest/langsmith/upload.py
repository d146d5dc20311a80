"""What one request brings: halves of runs, feedback, files; from multipart or from JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from pilothouse.platform.errors import BadRequest, Unprocessable
from pilothouse.platform.ingest.langsmith.runs import (
    Attachment,
    Half,
    Verb,
    half_of,
    parsed_json,
    uuid_in,
)

MOST_PARTS: Final = 200_000
"""A request of the SDK has at most 700; a part costs memory even when it is empty."""
MOST_HEADER_BYTES: Final = 8192
_VERBS: Final[dict[str, Verb]] = {"post": "post", "patch": "patch"}


@dataclass(slots=True)
class Part:
    """One part of a multipart body."""

    name: str
    mime_type: str
    data: bytes


@dataclass(slots=True, kw_only=True)
class Upload:
    """The operations of one request, in its order."""

    halves: list[Half] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, Part] = field(default_factory=dict)
    """Attachments by the SHA-256 of their bytes."""
    size_bytes: int = 0
    """What the plain body measured."""


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """The parts of one operation."""

    verb: Verb
    run_id: str
    body: dict[str, Any] | None = None
    parts: dict[str, bytes] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)


def parts_of(body: bytes, content_type: str) -> Iterator[Part]:
    """The parts of a multipart body; none needs a file name. Raises BadRequest."""
    boundary = _boundary(content_type)
    plain = _plain_parts(body, boundary)
    if plain is not None:
        yield from plain
        return
    try:
        with PushMultipartParser(
            boundary, max_segment_count=MOST_PARTS, max_header_size=MOST_HEADER_BYTES
        ) as parser:
            segment: MultipartSegment | None = None
            pieces: list[bytes] = []
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, pieces = event, []
                elif event:
                    pieces.append(bytes(event))
                elif segment is not None:
                    yield _part(segment, pieces[0] if len(pieces) == 1 else b"".join(pieces))
                    segment = None
    except MultipartError as e:
        raise BadRequest(f"the body is no valid multipart/form-data: {e}") from None


# As the SDK writes a part that is no file; nothing in it needs unquoting.
_PLAIN_HEAD: Final = re.compile(
    rb'Content-Disposition: form-data; name="([!#-\[\]-~]+)"\r\n'
    rb"Content-Type: ([\w.+-]+/[\w.+-]+)\r\n"
    rb"Content-Length: ([0-9]{1,18})\r\n\r\n"
)


def _plain_parts(body: bytes, boundary: str) -> list[Part] | None:
    """The parts of a body that is written as the SDK writes it; None for any other.

    A tenth of the cost of the parser that takes everything, which then says what is wrong.
    """
    delimiter = b"--" + boundary.encode("latin-1", "replace")
    end_mark = b"\r\n" + delimiter
    if not body.startswith(delimiter + b"\r\n"):
        return None
    parts: list[Part] = []
    at = len(delimiter) + 2
    while len(parts) < MOST_PARTS:
        head = _PLAIN_HEAD.match(body, at)
        if head is None:
            return None
        start = head.end()
        end = body.find(end_mark, start)
        if end - start != int(head[3]):
            return None
        parts.append(Part(head[1].decode("ascii"), head[2].decode("ascii"), body[start:end]))
        at = end + len(end_mark) + 2
        after = body[at - 2 : at]
        if after == b"--":
            return parts if body[at:] in (b"", b"\r\n") else None
        if after != b"\r\n":
            return None
    return None


def read_multipart(body: bytes, content_type: str) -> Upload:
    """The operations of `POST /runs/multipart`. Raises BadRequest, Unprocessable."""
    upload = Upload()
    operations: list[_Gathered] = []
    known: set[str] = set()
    latest: dict[tuple[str, str], _Gathered] = {}
    loose: dict[str, dict[str, Attachment]] = {}
    for part in parts_of(body, content_type):
        verb, _, rest = part.name.partition(".")
        given_id, _, name = rest.partition(".")
        where = f"part {part.name[:120]!r}"
        part_id = given_id if given_id in known else uuid_in(given_id, f"{where}: its id")
        known.add(part_id)
        if verb in _VERBS:
            one = latest.get((verb, part_id))
            if one is None or (not name and one.body is not None):  # a change after a change
                one = latest[verb, part_id] = _Gathered(verb=_VERBS[verb], run_id=part_id)
                operations.append(one)
            if name:
                one.parts[name] = part.data
            else:
                one.body = _object(part.data, where)
        elif verb == "attachment" and part_id and name:
            digest = sha256(part.data).hexdigest()
            upload.files[digest] = part
            loose.setdefault(part_id, {})[name] = Attachment(
                blob=digest, mime_type=part.mime_type, size=len(part.data)
            )
        elif verb == "feedback" and part_id:
            upload.feedback.append({"id": part_id, **_object(part.data, where)})
        else:
            raise Unprocessable(
                f"{where} is none of post.ID, patch.ID, attachment.ID.NAME and feedback.ID"
            )
    for one in operations:
        one.attachments = loose.pop(one.run_id, {})
        upload.halves.append(_half(one))
    for run_id, attachments in loose.items():
        upload.halves.append(Half(verb="patch", id=run_id, said={"attachments": attachments}))
    return upload


def read_batch(body: bytes) -> Upload:
    """The operations of `POST /runs/batch`. Raises BadRequest, Unprocessable."""
    said = _object(body, "the body")
    upload = Upload()
    for key, verb in _VERBS.items():
        runs = said.get(key)
        if runs is None:
            continue
        if not isinstance(runs, list):
            raise Unprocessable(f"{key!r} is a list of runs, not {type(runs).__name__}")
        upload.halves += [read_run(run, verb) for run in runs]
    return upload


def read_run(run: Any, verb: Verb, run_id: str = "") -> Half:
    """The operation that one run's JSON is. Raises Unprocessable."""
    if not isinstance(run, dict):
        raise Unprocessable(f"a run is an object, not {type(run).__name__}")
    found = run_id or uuid_in(run.get("id"), "the id of a run")
    if not found:
        raise Unprocessable("a run has no id")
    return half_of(verb, found, run)


def _half(one: _Gathered) -> Half:
    where = f"{one.verb} of run {one.run_id}"
    if one.body is None:
        raise Unprocessable(f"{where} has parts, but not the part {one.verb}.{one.run_id} itself")
    missing = [key for key in ("trace_id", "dotted_order") if not one.body.get(key)]
    if missing:
        raise Unprocessable(f"{where} has no {' and no '.join(missing)}")
    return half_of(one.verb, one.run_id, one.body, one.parts, one.attachments)


def _part(segment: MultipartSegment, data: bytes) -> Part:
    if not segment.name:
        raise BadRequest("a part of the body has no name in its Content-Disposition")
    mime_type, options = parse_options_header(segment.header("Content-Type", "") or "")
    for declared in (segment.header("Content-Length", None), options.get("length")):
        if declared is not None and declared != str(len(data)):
            raise BadRequest(
                f"part {segment.name[:120]!r} is said to have {declared[:20]} bytes and has"
                f" {len(data)}"
            )
    return Part(name=segment.name, mime_type=mime_type or "application/octet-stream", data=data)


def _boundary(content_type: str) -> str:
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise BadRequest(f"the content type is multipart/form-data, not {content_type[:80]!r}")
    if content_type.lower().count("boundary=") > 1:
        raise BadRequest("the content type names more than one boundary")
    boundary = str(options.get("boundary", ""))
    if not 0 < len(boundary) <= 200:
        raise BadRequest("the content type names no boundary of 1 to 200 characters")
    return boundary


def _object(payload: bytes, where: str) -> dict[str, Any]:
    value = parsed_json(payload, where)
    if not isinstance(value, Mapping):
        raise Unprocessable(f"{where} is a JSON object, not {type(value).__name__}")
    return dict(value)
