"""A process that reads PDF files for another, which ends it when one takes too long.

A PDF can be made so that reading it takes hours, or all memory. Each request is the length of the
file (8 bytes) and the file; each answer the length and JSON: {"pages": […], "title"} or {"error"}.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from typing import IO, Any, Final

HEAD: Final = struct.Struct("!Q")
_MOST_MEMORY: Final = 2 << 30


def pages_of(data: bytes) -> dict[str, Any]:
    """The text of each page, and the title; Any: as JSON has it."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        return {"error": "it is encrypted"}
    title = (reader.metadata.title if reader.metadata else None) or ""
    return {"title": str(title), "pages": [page.extract_text() or "" for page in reader.pages]}


def _answer(data: bytes) -> bytes:
    try:
        found = pages_of(data)
    except Exception as e:  # noqa: BLE001 - whatever the library raises, the one who asked is told
        found = {"error": f"{type(e).__name__}: {e}"}
    return json.dumps(found).encode()


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def main(given: IO[bytes], out: IO[bytes]) -> None:
    """Answers until its input ends."""
    _bound_memory()
    while head := given.read(HEAD.size):
        answer = _answer(given.read(HEAD.unpack(head)[0]))
        out.write(HEAD.pack(len(answer)) + answer)
        out.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
