"""What waits for the store goes there in commits of one size."""

from __future__ import annotations

import pytest

from pilothouse.platform.ingest.wal import Chunk
from pilothouse.platform.ingest.writer import COMMIT_BYTES, COMMIT_ROWS, commit_of


def commits_of(waiting: list[Chunk]) -> list[int]:
    """How many chunks each commit takes of those that wait."""
    taken = []
    while waiting:
        taken.append(len(list(commit_of(waiting))))
        waiting = waiting[taken[-1] :]
    return taken


@pytest.mark.parametrize(
    ("count", "commits"),
    [(1, [1]), (7, [7]), (8, [8]), (11, [11]), (12, [6, 6]), (16, [8, 8]), (25, [9, 8, 8])],
)
def test_requests_that_wait_are_shared_out_evenly(count: int, commits: list[int]) -> None:
    request = Chunk(table="spans", rows=b"", count=COMMIT_ROWS // 8 + 12)

    assert commits_of([request] * count) == commits


def test_a_request_larger_than_a_commit_is_one_by_itself() -> None:
    large = Chunk(table="spans", rows=bytes(2 * COMMIT_BYTES), count=10)
    small = Chunk(table="spans", rows=b"", count=10)

    assert commits_of([large, large, small]) == [1, 1, 1]
