"""Events of a provider on their way to the client, touched as little as possible.

Blocks of whole events are relayed as they came, but for the name of the model and, where the client
did not ask for them, the counts of tokens, which are always asked for.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any, Final

import orjson

KEPT_BYTES: Final = 8 * 2**20
"""So much of a stream is kept to record it."""
DONE: Final = b"data: [DONE]\n\n"
_DONE_LINE: Final = DONE.strip()
MODEL: Final = re.compile(rb'"model"\s*:\s*("(?:[^"\\]|\\.)*")')
_LAST: Final = 8
"""Blocks in which the end of an answer is looked for: after it come counts, and a last line."""
_FINISHED: Final = re.compile(
    rb'"finish_reason"\s*:\s*"|"type"\s*:\s*"response\.(?:completed|incomplete|failed)"'
    rb'|"type"\s*:\s*"message_stop"'
)
_SAID: Final = re.compile(
    rb'"(?:content|reasoning_content|reasoning|arguments|text|delta|refusal|name|thinking)"'
    rb'\s*:\s*"[^"]'
)
_TEXT: Final = re.compile(
    rb'"(?:content|reasoning_content|reasoning|arguments|text|delta|refusal|thinking|partial_json)"'
    rb'\s*:\s*"((?:[^"\\]|\\.)*)"'
)
_NO_USAGE: Final = re.compile(rb',\s*"usage"\s*:\s*null|"usage"\s*:\s*null\s*,\s*')


def events_of(block: bytes) -> list[dict[str, Any]]:
    """The JSON objects of a block of events; what is none is left out."""
    events = block.split(b"\n\n")
    plain = [event[6:] for event in events if event.startswith(b"data: {") and b"\n" not in event]
    others = [event for event in events if event and event != _DONE_LINE]
    if len(plain) == len(others):  # as nearly all streams are: parsed at once
        try:
            return list(orjson.loads(b"[" + b",".join(plain) + b"]"))
        except orjson.JSONDecodeError:
            pass
    return [said for event in others if (said := _parsed(event)) is not None]


def _parsed(event: bytes) -> dict[str, Any] | None:
    """The JSON object of an event; None where it holds none."""
    lines = [line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:")]
    data = b"\n".join(lines)
    if data[:1] != b"{":
        return None
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return said if type(said) is dict else None


def _text(literal: bytes) -> str | None:
    """What a text of JSON says; None for half a character."""
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return None


def written(said: dict[str, Any]) -> bytes:
    """An event."""
    return b"data: " + orjson.dumps(said) + b"\n\n"


class Blocks:
    """Cuts what comes from a provider where events end."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, piece: bytes) -> bytes:
        """The whole events that there are now."""
        data = self._rest + piece if self._rest else piece
        if b"\r" in data:
            is_half = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n")
            if not is_half:
                data = data.replace(b"\r", b"\n")
        at = data.rfind(b"\n\n")
        if at < 0:
            self._rest = data
            return b""
        self._rest = data[at + 2 :]
        return data[: at + 2]

    @property
    def waiting(self) -> int:
        """Bytes that are no whole event yet."""
        return len(self._rest)

    def rest(self) -> bytes:
        """What came after the last whole event: some providers end without an empty line."""
        data, self._rest = self._rest.strip(), b""
        return data + b"\n\n" if data.startswith((b"data:", b"event:")) else b""


class Relay:
    """What the client is sent of each block, and what is learned on the way."""

    def __init__(self, *, shown_as: str, hides_usage: bool) -> None:
        self.usage: dict[str, Any] | None = None
        self.is_counted = False
        """Whether that tells all of the answer: at its start Anthropic tells what went in."""
        self.has_begun = False
        """Whether anything of an answer came."""
        self.error: Any = None
        self.kept: list[bytes] = []
        self.kept_bytes = 0
        self.bytes = 0
        self.model: str | None = None
        """As the provider calls it."""
        self._shown_as = orjson.dumps(shown_as)
        self._hides_usage = hides_usage
        self._swap: tuple[bytes, bytes] | None = None
        self._last: deque[bytes] = deque(maxlen=_LAST)

    @property
    def is_finished(self) -> bool:
        """Whether the model said that it is done, in one of the last blocks."""
        return any(
            b"[DONE]" in block or _FINISHED.search(block) is not None for block in self._last
        )

    def passed(self, block: bytes) -> bytes:
        """The block as the client gets it; b"" for nothing."""
        self.bytes += len(block)
        if self.kept_bytes < KEPT_BYTES:
            self.kept.append(block)
            self.kept_bytes += len(block)
        if not self.has_begun:
            self.has_begun = _SAID.search(block) is not None or b'"tool_calls"' in block
        self._last.append(block)
        if b'"error"' in block:
            self._look_for_error(block)
        block = self._renamed(block)
        if b'"usage"' not in block:
            return block
        return self._counted(block)

    def _renamed(self, block: bytes) -> bytes:
        if self._swap is None:
            found = MODEL.search(block)
            if found is None:
                return block
            whole = found[0]
            self.model = _text(found[1])
            self._swap = (whole, whole[: -len(found[1])] + self._shown_as)
        was, shown = self._swap
        return block if was == shown else block.replace(was, shown)

    def _counted(self, block: bytes) -> bytes:
        stripped = block.replace(b',"usage":null', b"").replace(b', "usage": null', b"")
        if b'"usage"' in stripped:
            stripped = _NO_USAGE.sub(b"", stripped)
        if b'"usage"' not in stripped:
            return stripped if self._hides_usage else block
        kept: list[bytes] = []
        for event in stripped.split(b"\n\n")[:-1]:
            only_counts = False
            if b'"usage"' in event:
                for said in events_of(event):
                    only_counts = self._take(said)
            if not only_counts:
                kept.append(event + b"\n\n")
        return b"".join(kept) if self._hides_usage else block

    def _take(self, said: dict[str, Any]) -> bool:
        """Note the counts of an event; whether it says nothing else."""
        inner = said.get("response") or said.get("message")
        usage = said.get("usage") or (inner.get("usage") if isinstance(inner, dict) else None)
        if type(usage) is not dict:
            return False
        if said.get("type") == "message_delta" and self.usage is not None:
            # Anthropic's later counts say what is new; what went in was told at the start.
            told = {name: value for name, value in usage.items() if value is not None}
            usage = {**self.usage, **told}
        self.usage = usage
        self.is_counted = said.get("type") != "message_start"
        return said.get("choices") == []

    def texts(self) -> list[bytes]:
        """What of the stream is text, to estimate how long it is."""
        return [found[1] for block in self.kept for found in _TEXT.finditer(block)]

    def _look_for_error(self, block: bytes) -> None:
        for said in events_of(block):
            error = said.get("error")
            if error and "choices" not in said:
                self.error = error
            elif said.get("type") == "error":
                self.error = said.get("error") or said
