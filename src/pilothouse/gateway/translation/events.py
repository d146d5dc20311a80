"""What the translations of streams have in common: events in, events out, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pilothouse.gateway.streams import DONE, events_of, written
from pilothouse.gateway.translation.parts import ODD, Json, Untranslatable


class Turning(Protocol):
    """One stream made of another. Both ways of ending come once, after everything else."""

    def event(self, said: Json) -> Iterator[Json]:
        """What becomes of an event; nothing where it says nothing."""
        ...

    def end(self) -> Iterator[Json]:
        """What is still to be said when the stream ended, whole or not."""
        ...


class Turned:
    """A stream of a provider, in the bytes of the client's protocol."""

    def __init__(self, turnings: list[Turning], *, is_chat: bool) -> None:
        """`is_chat` for a client of chat completions, which wants no names of events."""
        self._turnings = turnings
        self._is_chat = is_chat

    def passed(self, block: bytes) -> bytes:
        """What becomes of a block of whole events. Raises Untranslatable."""
        found: list[Json] = events_of(block)
        try:
            for turning in self._turnings:
                found = [made for said in found for made in turning.event(said)]
        except ODD as error:
            raise Untranslatable from error
        return self._written(found)

    def rest(self) -> bytes:
        """What is said at the end."""
        found: list[Json] = []
        for turning in self._turnings:
            found = [made for said in found for made in turning.event(said)]
            found += turning.end()
        return self._written(found)

    def _written(self, events: list[Json]) -> bytes:
        if self._is_chat:
            return b"".join(DONE if each is ENDED else written(each) for each in events)
        return b"".join(
            b"event: " + str(each["type"]).encode() + b"\n" + written(each) for each in events
        )


ENDED: Json = {"type": "ended"}
"""The last line of a chat stream, which is no JSON."""
