"""Reads files by their names, by patterns, or all that can be read in a folder."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from pilothouse.search.errors import LoadError
from pilothouse.search.loading.html import Extractor, extractor_of
from pilothouse.search.loading.readers import READERS, TEXTS, documents_of
from pilothouse.search.models import Document

MOST_BYTES: Final = 50_000_000
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_MAGIC: Final = re.compile(r"[*?\[{]")


def load(
    paths: str | Path | Iterable[str | Path],
    *,
    extractor: Extractor | str = "main",
    strict: bool = False,
    max_bytes: int = MOST_BYTES,
) -> Iterator[Document]:
    """The documents of files: HTML, Markdown, PDF, DOCX, text, code, CSV, JSON, notebooks, mail.

    A path may be a pattern (`docs/**/*.{md,html,pdf}`) or a folder, of which all that can be read
    is; what begins with a dot is left out there. One file is read at a time. `extractor` is how
    HTML becomes text: `main`, `soup_text` or a function. A file that is broken or larger than
    `max_bytes` is a warning, with `strict` an error. Raises LoadError where no file has that name.
    """
    chosen = extractor_of(extractor)
    several = [paths] if isinstance(paths, str | Path) else list(paths)
    return _documents(several, chosen, strict=strict, max_bytes=max_bytes)


def _documents(
    paths: Iterable[str | Path], extractor: Extractor, *, strict: bool, max_bytes: int
) -> Iterator[Document]:
    seen: set[str] = set()
    for given in paths:
        found = 0
        for path in _files(str(given)):
            found += 1
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            try:
                yield from _read(path, extractor, max_bytes)
            except (LoadError, OSError) as e:
                if strict:
                    raise LoadError(f"{path}: {e}" if isinstance(e, OSError) else str(e)) from e
                warnings.warn(f"left out: {e}", stacklevel=2)
        if not found:
            raise LoadError(f"there is no file {str(given)!r}")


def _files(given: str) -> Iterator[Path]:
    """The files of a path, a folder or a pattern, in the order of their names."""
    path = Path(given).expanduser()
    if path.is_dir():
        yield from _in_folder(path)
    elif path.exists() or not _MAGIC.search(given):
        if path.exists():
            yield path
    else:
        names = {found for one in braces(str(path)) for found in _matching(Path(one))}
        yield from sorted(names)


def braces(pattern: str) -> Iterator[str]:
    """The patterns that one with alternatives stands for: `a.{md,txt}` for two."""
    found = _BRACES.search(pattern)
    if found is None:
        yield pattern
        return
    for one in found[1].split(","):
        yield from braces(pattern[: found.start()] + one + pattern[found.end() :])


def _matching(pattern: Path) -> Iterator[Path]:
    """The files that a pattern means; those that begin with a dot only where it says so."""
    root = Path(pattern.anchor or ".")
    hidden = any(part.startswith(".") and part != ".." for part in pattern.parts)
    for path in root.glob(str(pattern.relative_to(pattern.anchor))):
        dotted = any(part.startswith(".") and part != ".." for part in path.parts)
        if path.is_file() and (hidden or not dotted):
            yield path


def _in_folder(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            readable = Path(name).suffix.lower() in READERS.keys() | TEXTS
            if readable and not name.startswith("."):
                yield Path(place) / name


def _read(path: Path, extractor: Extractor, max_bytes: int) -> Iterator[Document]:
    about = path.stat()
    if about.st_size > max_bytes:
        raise LoadError(f"{path}: {about.st_size:,} bytes, more than {max_bytes:,}")
    data = path.read_bytes()
    known = {
        "source": path.as_posix(),
        "mtime": datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="seconds"),
        "sha256": sha256(data).hexdigest(),
    }
    for document in documents_of(data, path.as_posix(), extractor=extractor):
        yield Document(text=document.text, metadata={**document.metadata, **known})
