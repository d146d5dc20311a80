"""Bytes of the workspace's records, beside the large values of spans; project 0 holds them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import hour_of, pack
from pilothouse.platform.store.tables import BLOB_COLUMNS

WORKSPACE: Final = 0
"""No project has this number, so that no retention and no deletion touches these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """Bytes with their media type."""

    data: bytes
    mime_type: str


def save(store: Store, blobs: Mapping[str, Bytes]) -> None:
    """Keep bytes by their hash; what is there already is not written again."""
    new = set(blobs) - known(store, blobs)
    now_ns = time.time_ns()
    packed = b"".join(
        pack((
            WORKSPACE,
            blob,
            hour_of(now_ns),
            blobs[blob].mime_type,
            len(blobs[blob].data),
            blobs[blob].data,
            now_ns // 1000,
        ))
        for blob in sorted(new)
    )  # fmt: skip
    if packed:
        store.insert_packed("blobs", BLOB_COLUMNS, packed)


def known(store: Store, ids: Iterable[str]) -> set[str]:
    """Those of some hashes whose bytes are there."""
    wanted = list(ids)
    if not wanted:
        return set()
    binds = Binds()
    sql = f"""
SELECT DISTINCT id FROM blobs
WHERE project = {binds.integer(WORKSPACE)} AND id IN ({binds.texts(wanted)})"""
    return {row[0] for row in store.rows_sync(sql, binds.params)}


def load(store: Store, blob: str) -> Bytes | None:
    """The bytes of a hash."""
    binds = Binds()
    where = f"project = {binds.integer(WORKSPACE)} AND id = {binds.text(blob)}"
    kinds = store.rows_sync(f"SELECT mime_type FROM blobs WHERE {where} LIMIT 1", binds.params)
    if not kinds:
        return None
    data = store.raw_sync(f"SELECT data FROM blobs WHERE {where} LIMIT 1", binds.params, "RawBLOB")
    return Bytes(data=data, mime_type=str(kinds[0][0]))


def remove(store: Store, ids: Iterable[str]) -> None:
    """Delete bytes by their hashes."""
    wanted = list(ids)
    if wanted:
        binds = Binds()
        where = f"project = {binds.integer(WORKSPACE)} AND id IN ({binds.texts(wanted)})"
        store.command_sync(f"DELETE FROM blobs WHERE {where}", binds.params)
