"""What a server refuses of a copy is left out alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pilothouse.cli.langsmith.api import Refused
from pilothouse.cli.langsmith.ends import sent


def refusing(status: int, *wrong: int) -> tuple[list[int], Callable[[list[int]], None]]:
    """What takes rows but for the wrong ones, and where it keeps them."""
    taken: list[int] = []

    def send(rows: list[int]) -> None:
        if any(row in wrong for row in rows):
            raise Refused(status, "http://here", "no")
        taken.extend(rows)

    return taken, send


@pytest.mark.parametrize("status", [400, 413, 422])
def test_only_what_is_refused_is_left_out(status: int) -> None:
    taken, send = refusing(status, 0, 41, 42, 99)

    found = sent(list(range(100)), send)

    assert found == taken == [n for n in range(100) if n not in (0, 41, 42, 99)]


def test_a_server_that_fails_ends_the_copy() -> None:
    _, send = refusing(503, 3)

    with pytest.raises(Refused):
        sent(list(range(5)), send)
