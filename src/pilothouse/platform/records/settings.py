"""Values that a workspace makes once and keeps: its id, the key that signs its links."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import Final

from pilothouse.platform.records.engine import Records

WORKSPACE_ID: Final = "workspace_id"
SIGNING_KEY: Final = "signing_key"


def get_or_make(records: Records, name: str, make: Callable[[], str]) -> str:
    """The value under a name, made on first use; servers that ask at once get the same one."""
    with records.read() as session:
        row = session.one("SELECT value FROM settings WHERE name = :name", name=name)
    if row is not None:
        return str(row["value"])
    with records.write() as session:
        session.run(
            """
            INSERT INTO settings (name, value)
            VALUES (:name, :value)
            ON CONFLICT (name) DO NOTHING
            """,
            name=name,
            value=make(),
        )
        row = session.one("SELECT value FROM settings WHERE name = :name", name=name)
    assert row is not None
    return str(row["value"])


def workspace_id(records: Records) -> str:
    """The UUID by which protocols know this workspace."""
    return get_or_make(records, WORKSPACE_ID, lambda: str(uuid.uuid4()))


def signing_key(records: Records) -> bytes:
    """The secret that signs links."""
    return bytes.fromhex(get_or_make(records, SIGNING_KEY, lambda: secrets.token_hex(32)))
