"""The write-ahead file keeps what was acknowledged, and nothing that was not."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pilothouse.platform.ingest.errors import StoreUnavailable
from pilothouse.platform.ingest.wal import Chunk, WriteAheadFile

TABLES = {"spans": ("a", "b"), "logs": ("c",)}


def chunk(rows: bytes, table: str = "spans") -> Chunk:
    return Chunk(table=table, rows=rows, count=1, marks=b'[[1,"t",0]]')


def left(directory: Path) -> list[bytes]:
    return [c.rows for _, _, c in WriteAheadFile(directory, TABLES).replay()]


def test_what_was_appended_is_replayed_in_order_with_its_columns(tmp_path: Path) -> None:
    wal = WriteAheadFile(tmp_path, TABLES)
    wal.append([chunk(b"one"), chunk(b"two", "logs")])
    wal.append([chunk(b"three")])

    found = list(WriteAheadFile(tmp_path, TABLES).replay())

    assert [(c.table, columns, c.rows, c.marks) for _, columns, c in found] == [
        ("spans", ["a", "b"], b"one", b'[[1,"t",0]]'),
        ("logs", ["c"], b"two", b'[[1,"t",0]]'),
        ("spans", ["a", "b"], b"three", b'[[1,"t",0]]'),
    ]


def test_rows_of_an_older_release_keep_their_columns(tmp_path: Path) -> None:
    WriteAheadFile(tmp_path, {"spans": ("old",)}).append([chunk(b"x")])

    [(_, columns, _)] = WriteAheadFile(tmp_path, {"logs": ("c",), "spans": ("a", "b")}).replay()

    assert columns == ["old"]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_torn_last_record_costs_only_itself(tmp_path: Path, cut: int) -> None:
    wal = WriteAheadFile(tmp_path, TABLES)
    wal.append([chunk(b"kept")])
    _, before = wal.append([chunk(b"torn" * 10)])
    [path] = tmp_path.glob("*.wal")
    path.write_bytes(path.read_bytes()[: before - cut])

    assert left(tmp_path) == [b"kept"]


def test_a_flipped_bit_ends_the_replay_there(tmp_path: Path) -> None:
    wal = WriteAheadFile(tmp_path, TABLES)
    wal.append([chunk(b"kept")])
    wal.append([chunk(b"broken")])
    [path] = tmp_path.glob("*.wal")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    assert left(tmp_path) == [b"kept"]


def test_a_sealed_segment_goes_and_the_next_one_stays(tmp_path: Path) -> None:
    wal = WriteAheadFile(tmp_path, TABLES)
    wal.append([chunk(b"stored")])
    sealed = wal.seal()
    wal.append([chunk(b"pending")])

    wal.remove(sealed)

    assert left(tmp_path) == [b"pending"]


def test_a_new_file_never_takes_the_number_of_one_that_is_left(tmp_path: Path) -> None:
    WriteAheadFile(tmp_path, TABLES).append([chunk(b"first")])
    WriteAheadFile(tmp_path, TABLES).append([chunk(b"second")])

    assert left(tmp_path) == [b"first", b"second"]


def test_a_full_disk_refuses_the_request_and_harms_no_other(tmp_path: Path) -> None:
    # A limit on the size of files does what a full disk does; it needs a process of its own.
    script = textwrap.dedent(
        f"""
        import resource, signal
        from pathlib import Path
        from pilothouse.platform.ingest.errors import StoreUnavailable
        from pilothouse.platform.ingest.wal import Chunk, WriteAheadFile
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        wal = WriteAheadFile(Path({str(tmp_path)!r}), {TABLES!r})
        chunk = lambda rows: Chunk(table="spans", rows=rows, count=1)
        wal.append([chunk(b"before")])
        try:
            wal.append([chunk(b"x" * 9000)])
        except StoreUnavailable as e:
            print(e)
        wal.append([chunk(b"after")])
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "the disk is full" in done.stdout
    assert left(tmp_path) == [b"before", b"after"]


def test_the_last_room_of_a_disk_is_kept_to_finish_what_was_begun(tmp_path: Path) -> None:
    WriteAheadFile(tmp_path, TABLES).append([chunk(b"before")])
    wal = WriteAheadFile(tmp_path, TABLES, kept_free=1 << 60)

    with pytest.raises(StoreUnavailable, match=r"the disk is full: \d+ MiB are free"):
        wal.append([chunk(b"x")])

    assert left(tmp_path) == [b"before"]


def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "wal"
    wal = WriteAheadFile(blocked, TABLES)
    blocked.rmdir()

    with pytest.raises(StoreUnavailable, match="cannot create"):
        wal.append([chunk(b"x")])


def test_with_fsync_an_append_can_be_waited_for(tmp_path: Path) -> None:
    wal = WriteAheadFile(tmp_path, TABLES, fsync=True)

    wal.sync(wal.append([chunk(b"x")]))

    assert left(tmp_path) == [b"x"]
