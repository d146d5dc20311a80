"""Documents that questions are made from, in passages that a model can read at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.files import READERS, placed_rows_of

_TEXTS: Final = (".txt", ".md", ".rst")
_COLUMNS: Final = ("text", "content", "page_content")
_LONGEST: Final = 6_000
"""Letters of a passage."""
_WORD: Final = re.compile(r"\w{5,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text with a name of its own."""

    id: str
    text: str


def documents_of(source: str | Path | Iterable[Document]) -> list[Document]:
    """The documents of a file or folder: texts, or rows with a column `text` or `content`.

    Raises BadData where there are none, or two have the same id.
    """
    found = list(_read(Path(source)) if isinstance(source, str | Path) else source)
    found = [document for document in found if document.text.strip()]
    if not found:
        raise BadData(f"there are no documents in {source!r}")
    seen: set[str] = set()
    for document in found:
        if document.id in seen:
            raise BadData(f"two documents have the id {document.id!r}")
        seen.add(document.id)
    return found


def passages_of(documents: Sequence[Document], *, longest: int = _LONGEST) -> list[Document]:
    """The documents, those that are too long in several passages that end between paragraphs."""
    found = []
    for document in documents:
        pieces = list(_pieces(document.text, longest))
        for number, piece in enumerate(pieces, 1):
            id = document.id if len(pieces) == 1 else f"{document.id}#{number}"
            found.append(Document(id=id, text=piece))
    return found


def neighbour(of: Document, others: Sequence[Document]) -> Document | None:
    """The passage of another document that shares the most words with this one."""
    words = _words(of)
    own = of.id.partition("#")[0]
    best, shared = None, -1
    for other in others:
        if other.id.partition("#")[0] != own and len(words & _words(other)) > shared:
            best, shared = other, len(words & _words(other))
    return best


def _words(document: Document) -> set[str]:
    return set(_WORD.findall(document.text.casefold()))


def _read(path: Path) -> Iterator[Document]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in _TEXTS and file.is_file():
                yield Document(id=str(file.relative_to(path)), text=_text(file))
    elif path.suffix.lower() in READERS:
        for number, row in placed_rows_of(path):
            column = next((name for name in _COLUMNS if isinstance(row.get(name), str)), None)
            if column is None:
                raise BadData(f"{path}:{number}: a document has a text under {_COLUMNS[0]!r}")
            yield Document(id=str(row.get("id", f"{path.name}:{number}")), text=row[column])
    elif path.is_file():
        yield Document(id=path.name, text=_text(path))
    else:
        raise BadData(f"there is no file or folder {str(path)!r}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as e:
        raise BadData(f"{path}: the file has to be in UTF-8: {e}") from None


def _pieces(text: str, longest: int) -> Iterator[str]:
    piece = ""
    for paragraph in re.split(r"\n\s*\n", text):
        for begin in range(0, len(paragraph), longest):  # a paragraph may itself be too long
            part = paragraph[begin : begin + longest]
            if piece and len(piece) + len(part) + 2 > longest:
                yield piece
                piece = ""
            piece = f"{piece}\n\n{part}" if piece else part
    if piece.strip():
        yield piece
