"""Guardrails on a stream: each of its texts in a window of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.gateway.guardrails.events import Channel, Piece, ends, pieces_of, wholes_of
from pilothouse.gateway.guardrails.models import Guardrail
from pilothouse.gateway.guardrails.texts import Slot
from pilothouse.gateway.guardrails.vault import Vault, apart
from pilothouse.gateway.guardrails.window import Hit, Tally, Window
from pilothouse.gateway.streams import written

_DONE: Final = b"data: [DONE]"
_MOST: Final = 1000
"""Texts of a stream; a provider that begins more of them is not followed."""


@dataclass(slots=True)
class _Held:
    window: Window
    last: Piece
    name: bytes
    """The line `event: …` of its events."""


class WindowGuard:
    """Looks at one stream; `stopped` makes the error of a hit."""

    def __init__(
        self,
        guardrails: Sequence[Guardrail],
        vault: Vault,
        tally: Tally,
        stopped: Callable[[Hit], Exception],
    ) -> None:
        self.spent_ns = 0
        """Time that it took so far."""
        self._guardrails = guardrails
        self._vault = vault
        self._tally = tally
        self._stopped = stopped
        self._held: dict[Channel, _Held] = {}

    async def passed(self, block: bytes) -> bytes:
        """What the client may be sent now. Raises Refused."""
        begun = time.perf_counter_ns()
        try:
            return b"".join(self._event(event) for event in block.split(b"\n\n") if event)
        except Hit as hit:
            raise self._stopped(hit) from None
        finally:
            self.spent_ns += time.perf_counter_ns() - begun

    async def rest(self) -> bytes:
        """What was held back, at the end. Raises Refused."""
        try:
            return self._flushed(lambda _: True)
        except Hit as hit:
            raise self._stopped(hit) from None

    def _event(self, raw: bytes) -> bytes:
        if raw.startswith(_DONE):
            return self._flushed(lambda _: True) + raw + b"\n\n"
        said = _json_of(raw)
        if said is None:
            return raw + b"\n\n"
        name = b"".join(
            line + b"\n" for line in raw.split(b"\n") if line and not line.startswith(b"data:")
        )
        pieces = pieces_of(said)
        before = self._switched(pieces)
        is_silent = bool(pieces) and all(piece.is_alone for piece in pieces)
        for piece in pieces:
            text = self._fed(piece, name)
            if ends(said, piece.channel):
                text += self._held.pop(piece.channel).window.rest()
            piece.where[piece.key] = text
            is_silent = is_silent and not text
        if not is_silent:
            before += self._flushed(lambda channel: ends(said, channel))
        wholes = wholes_of(said)
        for slot in wholes:
            self._mask(slot)
        if pieces:
            _without_tokens(said)
        if is_silent:
            return before
        shown = name + written(said) if pieces or wholes else raw + b"\n\n"
        return before + shown

    def _fed(self, piece: Piece, name: bytes) -> str:
        held = self._held.get(piece.channel)
        if held is None:
            if len(self._held) >= _MOST:
                self._held.pop(next(iter(self._held)))
            window = Window(self._guardrails, self._vault, self._tally, is_json=piece.is_json)
            held = self._held[piece.channel] = _Held(window, piece, name)
        held.last, held.name = piece, name
        return held.window.feed(piece.where[piece.key])

    def _switched(self, pieces: Sequence[Piece]) -> bytes:
        """The rest of texts that others of the same choice follow: what is thought, then said."""
        if not pieces or len(self._held) == 0:
            return b""
        now = {piece.channel for piece in pieces}
        of = {piece.channel[0] for piece in pieces}
        return self._flushed(lambda channel: channel[0] in of and channel not in now)

    def _flushed(self, which: Callable[[Channel], bool]) -> bytes:
        parts: list[bytes] = []
        for channel in [channel for channel in self._held if which(channel)]:
            held = self._held.pop(channel)
            if text := held.window.rest():
                parts.append(held.name + written(held.last.another(text)))
        return b"".join(parts)

    def _mask(self, slot: Slot) -> None:
        """A text that was sent in pieces, once more as a whole."""
        text = slot.text
        masked = []
        for guardrail in self._guardrails:
            find = guardrail.check.find
            assert find is not None
            places = find(text, 0)
            if places and guardrail.action in ("block", "retry"):
                raise Hit(guardrail, dict(Counter(each.kind for each in places)))
            masked += places if guardrail.action == "mask" else []
        shown = self._vault.masked(text, apart(masked))
        slot.put(self._vault.restored(shown, is_json=slot.is_json))


def _json_of(raw: bytes) -> dict[str, Any] | None:
    lines = [line[5:].strip() for line in raw.split(b"\n") if line.startswith(b"data:")]
    try:
        said = orjson.loads(b"\n".join(lines))
    except orjson.JSONDecodeError:
        return None
    return said if type(said) is dict else None


def _without_tokens(said: dict[str, Any]) -> None:
    """Log-probabilities repeat each token, what is held back too."""
    for choice in said.get("choices") or ():
        if isinstance(choice, dict) and choice.get("logprobs"):
            choice["logprobs"] = None
    if "logprobs" in said:
        said["logprobs"] = []
