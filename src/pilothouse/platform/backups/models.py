"""What a backup is on disk."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pilothouse.platform.errors import BadRequest

MANIFEST: Final = "backup.json"
SPANS: Final = "spans"
RECORDS: Final = "records.db"
FORMAT: Final = 1
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What stands in `backup.json`; a directory without it is no whole backup."""

    format: int
    version: str
    """Of the Pilothouse that wrote it."""
    created_at: str
    records: str
    """sqlite, or postgresql where the records must be dumped by the database's own tools."""
    bytes: int

    def write(self, directory: Path) -> None:
        """Write it; last of all, so that it is there only when all else is."""
        (directory / MANIFEST).write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """That of a backup. Raises OSError, ValueError, TypeError."""
        return cls(**json.loads((directory / MANIFEST).read_text("utf-8")))


def new_name() -> str:
    """A name by the time."""
    return datetime.now(UTC).strftime("pilothouse-%Y%m%d-%H%M%S")


def checked_name(name: str) -> str:
    """A name that is safe as that of a directory; raises BadRequest."""
    if _NAME.fullmatch(name) is None:
        raise BadRequest(
            f"a backup's name has letters, digits, dots, dashes and underscores, not {name!r}"
        )
    return name
