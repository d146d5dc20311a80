"""Bodies of multipart uploads, right and wrong, in parts of any content."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.platform.errors import ApiError, BadRequest
from pilothouse.platform.ingest.langsmith.inflate import TooLarge, inflated
from pilothouse.platform.ingest.langsmith.upload import parts_of, read_multipart
from run_uploads import BOUNDARY, multipart, new_run, operation, packed, part

TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@given(st.lists(st.tuples(st.from_regex(r"[a-zA-Z0-9._ -]{1,40}", fullmatch=True), st.binary())))
def test_parts_come_out_as_they_went_in(parts: list[tuple[str, bytes]]) -> None:
    body = multipart(*(part(name, data, "image/png") for name, data in parts))
    if any(f"--{BOUNDARY}".encode() in data for _, data in parts):
        return
    found = [(p.name, p.data, p.mime_type) for p in parts_of(body, TYPE)]
    assert found == [(name, data, "image/png") for name, data in parts]


def refusal(body: bytes) -> ApiError | None:
    """Why a body is not taken."""
    try:
        read_multipart(body, TYPE)
    except ApiError as error:
        return error
    return None


@given(st.binary(max_size=300))
def test_bodies_of_anything_are_refused_with_a_reason(data: bytes) -> None:
    for body in (data, multipart(part("post", data)), part("post.x", data)):
        error = refusal(body)
        assert error is None or (error.status in (400, 422) and error.message)


@given(st.integers(0, 2000), st.binary(max_size=3))
def test_a_damaged_body_never_fails_otherwise_than_by_a_refusal(at: int, new: bytes) -> None:
    run = new_run(outputs={"a": [1, 2]}, extra={"metadata": {}}, error=None)
    body = multipart(operation("post", run))
    damaged = body[:at] + new + body[at + len(new) + 1 :]
    error = refusal(damaged)
    assert error is None or error.status in (400, 422)


@given(st.integers(3, 1500))
def test_a_body_that_ends_early_is_refused(cut: int) -> None:
    body = multipart(operation("post", new_run(outputs={"x": "y" * 1500})))
    with pytest.raises(BadRequest):
        read_multipart(body[:-cut], TYPE)
    with pytest.raises(BadRequest):
        inflated(packed(body)[: -min(cut, 40)], "zstd", 1 << 20)


def test_operations_keep_their_order_and_every_change_counts() -> None:
    one, two = new_run("one"), new_run("two")
    upload = read_multipart(
        multipart(
            operation("post", one),
            operation("patch", {**two, "outputs": {"n": 1}}),
            operation("post", two),
            operation("patch", {**one, "outputs": {"n": 2}}),
            operation("patch", {**one, "outputs": {"n": 3}}),
            part(f"attachment.{two['id']}.a.b", b"\x00\xff", "application/x; length=2", "X: 1\r\n"),
            part(f"attachment.{one['id']}.c", b"1", "text/plain"),
        ),
        TYPE,
    )
    told = [(half.verb, half.id, half.said.get("outputs")) for half in upload.halves]
    assert told == [
        ("post", one["id"], None),
        ("patch", two["id"], '{"n": 1}'),
        ("post", two["id"], None),
        ("patch", one["id"], '{"n": 2}'),
        ("patch", one["id"], '{"n": 3}'),
    ]
    files = {name for half in upload.halves for name in half.said.get("attachments", {})}
    assert files == {"a.b", "c"}


def test_a_field_that_came_apart_wins_over_the_same_in_the_run_and_null_says_nothing() -> None:
    run = new_run()
    name = f"post.{run['id']}"
    body = multipart(
        part(name, json.dumps({**run, "inputs": {"in": "side"}, "extra": {"x": 1}}).encode()),
        part(f"{name}.inputs", b'{"a":  1}'),
        part(f"{name}.extra", b"null"),
        part(f"{name}.error", b'"boom"'),
        part(f"{name}.unknown", b"{}"),
    )
    [half] = read_multipart(body, TYPE).halves
    assert half.said["inputs"] == '{"a":  1}'
    assert half.said["extra"] == '{"x":1}'
    assert half.said["error"] == "boom"


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "deflate"])
def test_what_inflates_beyond_the_limit_is_refused(encoding: str) -> None:
    import gzip
    import zlib

    makers = {"zstd": packed, "gzip": gzip.compress, "deflate": zlib.compress}
    body = makers[encoding](b"\0" * 10_000_000)
    assert inflated(body, encoding, 10_000_000) == b"\0" * 10_000_000
    with pytest.raises(TooLarge):
        inflated(body, encoding, 9_999_999)
