"""Large values leave a span, and come back as they were."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import orjson
import pytest

from pilothouse.platform.store.large_values import (
    LARGE_BYTES,
    Blob,
    attach,
    detach,
    detach_from_log,
)
from pilothouse.spans import Event, LogRecord, Source

PNG = b"\x89PNG\r\n\x1a\n" + os.urandom(300_000)
DATA_URL = "data:image/png;base64," + base64.b64encode(PNG).decode()


def span(**attributes: Any) -> Source:
    return Source(project="p", trace_id="t", span_id="s", attributes=attributes)


def restored(source: Source, blobs: list[Blob]) -> dict[str, Any]:
    attach(source, {blob.id: blob.data for blob in blobs}.get)
    return source.attributes


def chat(*urls: str) -> str:
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return json.dumps([{"role": "user", "content": [{"type": "text", "text": "Look:"}, *parts]}])


def test_small_values_stay() -> None:
    source = span(text="x" * LARGE_BYTES, bytes=b"x" * LARGE_BYTES, n=1, list=["a"])

    assert detach(source) == []
    assert source.attributes["text"] == "x" * LARGE_BYTES


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_a_large_text_leaves_and_comes_back(letter: str) -> None:
    text = letter * (LARGE_BYTES // len(letter.encode()) + 1)
    source = span(text=text, other="stays")

    blobs = detach(source)

    marker = source.attributes["text"]
    assert marker["$blob"] == blobs[0].id
    assert marker["bytes"] == len(text.encode()) == len(blobs[0].data)
    assert marker["mime_type"] == "text/plain"
    assert marker["preview"] == text[:256]
    assert source.attributes["other"] == "stays"
    assert restored(source, blobs) == {"text": text, "other": "stays"}


def test_an_image_in_a_chat_leaves_and_the_words_stay() -> None:
    text = chat(DATA_URL)
    source = span(**{"input.value": text})

    (blob,) = detach(source)

    (message,) = orjson.loads(source.attributes["input.value"])
    assert message["content"][0] == {"type": "text", "text": "Look:"}
    assert message["content"][1]["image_url"]["url"]["$blob"] == blob.id
    assert (blob.mime_type, blob.data) == ("image/png", PNG)
    assert restored(source, [blob]) == {"input.value": text}


def test_of_a_large_status_message_the_beginning_stays() -> None:
    source = span(a="small")
    source.status_message = message = "Traceback " + "x" * 1_000_000

    (blob,) = detach(source)

    assert message.startswith(source.status_message)
    assert len(source.status_message) == 256
    assert blob.data.decode() == message
    assert restored(source, [blob]) == {"a": "small"}
    assert source.status_message == message


def test_one_image_in_many_places_is_one_blob() -> None:
    text = chat(DATA_URL, DATA_URL)
    source = span(a=text, b=text, c=DATA_URL)

    blobs = detach(source)

    assert len(blobs) == 1
    assert restored(source, blobs) == {"a": text, "b": text, "c": DATA_URL}


def test_images_under_the_limit_that_are_large_together_leave() -> None:
    urls = [
        "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff" + os.urandom(100_000)).decode()
        for _ in range(3)
    ]
    text = chat(*urls)
    source = span(text=text)

    blobs = detach(source)

    assert {blob.mime_type for blob in blobs} == {"image/jpeg"}
    assert len(blobs) == 3
    assert restored(source, blobs) == {"text": text}


@pytest.mark.parametrize("spell", [json.dumps, lambda v: orjson.dumps(v).decode()])
def test_a_large_string_with_escapes_leaves_json(spell: Any) -> None:
    text = spell({"a": 'ü"\n/' * 100_000, "n": 1.50})
    source = span(text=text)

    blobs = detach(source)

    assert orjson.loads(source.attributes["text"])["n"] == 1.5
    back = restored(source, blobs)["text"]
    assert orjson.loads(back) == orjson.loads(text)


def test_json_without_large_strings_leaves_whole() -> None:
    text = json.dumps([{"role": "user", "content": "x" * 1000}] * 1000)
    source = span(text=text)

    (blob,) = detach(source)

    assert blob.mime_type == "application/json"
    assert restored(source, [blob]) == {"text": text}


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\1\2\3", "application/octet-stream"),
    ],
)
def test_the_type_of_bytes_is_told_by_their_beginning(data: bytes, mime_type: str) -> None:
    source = span(data=data + bytes(300_000))

    (blob,) = detach(source)

    assert blob.mime_type == mime_type
    assert restored(source, [blob]) == {"data": data + bytes(300_000)}


def test_bare_base64_of_a_known_type_is_kept_decoded() -> None:
    text = base64.b64encode(PNG).decode()
    source = span(data=text)

    (blob,) = detach(source)

    assert (blob.mime_type, blob.data) == ("image/png", PNG)
    assert restored(source, [blob]) == {"data": text}


def test_base64_that_does_not_come_back_exactly_is_kept_as_text() -> None:
    text = "data:image/png;base64," + base64.encodebytes(PNG).decode()
    source = span(data=text)

    (blob,) = detach(source)

    assert blob.data == text.encode()
    assert restored(source, [blob]) == {"data": text}


def test_values_inside_structures_and_events_leave() -> None:
    big = "x" * 300_000
    source = span(messages=[{"content": [{"text": big}]}])
    source.events.append(Event(name="e", time_ns=1, attributes={"body": big}))

    blobs = detach(source)

    assert len(blobs) == 1
    assert source.attributes["messages"][0]["content"][0]["text"]["$blob"] == blobs[0].id
    assert source.events[0].attributes["body"]["$blob"] == blobs[0].id
    attach(source, {blob.id: blob.data for blob in blobs}.get)
    assert source.events[0].attributes["body"] == big


def test_values_of_a_log_record_leave() -> None:
    record = LogRecord(project="p", time_ns=1, body="x" * 300_000, attributes={"a": "y" * 300_000})

    blobs = detach_from_log(record)

    assert record.body["$blob"] in {blob.id for blob in blobs}
    assert len(blobs) == 2


def test_a_blob_that_is_gone_leaves_its_marker() -> None:
    source = span(text="x" * 300_000)
    detach(source)
    marker = source.attributes["text"]

    attach(source, lambda _: None)

    assert source.attributes["text"] == marker


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        '{"a":' * 900 + '"' + "x" * 300_000 + '"' + "}" * 900,
        '{"$blob":"' + "x" * 300_000,
        '["\\ud83d\\ude00", "' + "x" * 300_000 + '"]',
    ],
)
def test_odd_json_comes_back_too(text: str) -> None:
    source = span(text=text)

    blobs = detach(source)

    assert restored(source, blobs) == {"text": text}


@pytest.mark.slow
def test_thirty_megabytes_take_less_than_a_second() -> None:
    text = chat(
        "data:image/png;base64," + base64.b64encode(b"\x89PNG" + bytes(22_000_000)).decode()
    )
    started = time.process_time()

    blobs = detach(span(text=text))

    assert len(blobs) == 1
    assert time.process_time() - started < 1


def test_a_span_without_large_values_costs_next_to_nothing() -> None:
    source = span(**{f"llm.input_messages.{i}.content": "x" * 100 for i in range(45)})
    started = time.process_time()

    for _ in range(1000):
        detach(source)

    assert time.process_time() - started < 0.5
