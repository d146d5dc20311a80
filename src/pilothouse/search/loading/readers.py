"""What is in a file, by its kind: one function a format, all of them lazy about their library."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.search.errors import LoadError
from pilothouse.search.loading.html import Extractor, main_text, page_of
from pilothouse.search.loading.pdf import read_pdf
from pilothouse.search.models import Document, Metadata
from pilothouse.search.splitting.code import LANGUAGES

_MOST_UNPACKED: Final = 200_000_000
"""Bytes that a packed file may come to: more is no document but a trap."""
Reader = Callable[[bytes, str, Extractor], Iterator[Document]]
"""Bytes, where they are from, and how HTML is read → documents with what they say themselves."""


def documents_of(
    data: bytes, name: str, *, kind: str | None = None, extractor: Extractor = main_text
) -> Iterator[Document]:
    """The documents of a file's bytes; `kind` is an ending such as `.pdf`, else the name's.

    Raises LoadError where they cannot be read as that, ImportError where a library is missing.
    """
    ending = (kind or Path(name).suffix).lower()
    reader = READERS.get(ending, _text)
    try:
        for document in reader(data, name, extractor):
            if document.text.strip():
                yield document
    except ImportError:
        raise
    except LoadError as e:
        raise LoadError(f"{name}: {e}") from None
    except Exception as e:  # what libraries raise over broken files is their own
        raise LoadError(f"{name}: {type(e).__name__}: {e}") from e


def decoded(data: bytes, encoding: str | None = None) -> str:
    """Bytes as text: in the encoding that is said, UTF-8, or else Windows' Western one.

    Lines end as Unix ends them. Raises LoadError for bytes that are no text.
    """
    return _any_encoding(data, encoding).replace("\r\n", "\n")


def _any_encoding(data: bytes, encoding: str | None) -> str:
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LoadError("it is no text")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    for name in (encoding, "utf-8-sig"):
        try:
            if name:
                return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def _text(data: bytes, name: str, _: Extractor) -> Iterator[Document]:
    language = LANGUAGES.get(Path(name).suffix.lower())
    yield Document(text=decoded(data), metadata={"language": language} if language else {})


def _markdown(data: bytes, _: str, __: Extractor) -> Iterator[Document]:
    text = decoded(data)
    metadata: Metadata = {}
    if text.startswith("---\n") and (end := text.find("\n---", 3)) > 0:
        found = required("yaml", extra="search").safe_load(text[4:end])
        if isinstance(found, dict):
            metadata = {str(field): value for field, value in found.items()}
            text = text[end + 4 :].lstrip("\n")
    yield Document(text=text, metadata=metadata)


def _html(data: bytes, name: str, extractor: Extractor) -> Iterator[Document]:
    html = decoded(data)
    page = page_of(html, name)
    said = {"title": page.title, "description": page.description, "language": page.language}
    yield Document(text=extractor(html), metadata={k: v for k, v in said.items() if v})


def _pdf(data: bytes, _: str, __: Extractor) -> Iterator[Document]:
    required("pypdf", extra="search")
    title, pages = read_pdf(data)
    for number, text in enumerate(pages, start=1):
        metadata: Metadata = {"page": number, "pages": len(pages)}
        if title:
            metadata["title"] = title
        yield Document(text=text, metadata=metadata)


def _docx(data: bytes, _: str, __: Extractor) -> Iterator[Document]:
    docx = required("docx", extra="search")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
            raise LoadError(f"it unpacks to more than {_MOST_UNPACKED:,} bytes")
    document = docx.Document(io.BytesIO(data))
    pieces = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            rows = (" | ".join(cell.text.strip() for cell in row.cells) for row in block.rows)
            pieces.append("\n".join(rows))
            continue
        style = (block.style.name if block.style is not None else "") or ""
        level = style.removeprefix("Heading ")
        mark = "#" * int(level) + " " if style.startswith("Heading ") and level.isdecimal() else ""
        if style.startswith("List"):
            mark = "- "
        pieces.append(mark + block.text)
    title = document.core_properties.title
    text = "\n\n".join(piece for piece in pieces if piece.strip())
    yield Document(text=text, metadata={"title": title} if title else {})


def _rows(data: bytes, name: str, _: Extractor) -> Iterator[Document]:
    delimiter = "\t" if name.lower().endswith(".tsv") else ","
    rows = csv.DictReader(io.StringIO(decoded(data)), delimiter=delimiter)
    for number, row in enumerate(rows, start=1):
        lines = [f"{column}: {value}" for column, value in row.items() if column and value]
        yield Document(text="\n".join(lines), metadata={"row": number})


def _json(data: bytes, _: str, __: Extractor) -> Iterator[Document]:
    found = json.loads(decoded(data))
    many = found if isinstance(found, list) else [found]
    for number, one in enumerate(many, start=1):
        yield _of_json(one, {"row": number} if isinstance(found, list) else {})


def _jsonl(data: bytes, _: str, __: Extractor) -> Iterator[Document]:
    for number, line in enumerate(decoded(data).splitlines(), start=1):
        if line.strip():
            yield _of_json(json.loads(line), {"row": number})


def _of_json(one: Any, metadata: Metadata) -> Document:
    """A value with a text of its own, and what else it says; or as JSON."""
    if isinstance(one, str):
        return Document(text=one, metadata=metadata)
    if isinstance(one, dict):
        for field in ("text", "content", "page_content"):
            if isinstance(one.get(field), str):
                inner = one.get("metadata")
                rest = {k: v for k, v in one.items() if k not in {field, "metadata"}}
                more = inner if isinstance(inner, dict) else {}
                return Document(text=one[field], metadata={**rest, **more, **metadata})
    return Document(text=json.dumps(one, indent=1, ensure_ascii=False), metadata=metadata)


def _notebook(data: bytes, _: str, __: Extractor) -> Iterator[Document]:
    found = json.loads(decoded(data))
    pieces = []
    for cell in found.get("cells", ()):
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        pieces.append(f"```\n{text}\n```" if cell.get("cell_type") == "code" else text)
    yield Document(text="\n\n".join(piece for piece in pieces if piece.strip()))


def _mail(data: bytes, _: str, extractor: Extractor) -> Iterator[Document]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    text = "" if body is None else str(body.get_content()).replace("\r\n", "\n")
    if body is not None and body.get_content_subtype() == "html":
        text = extractor(text)
    fields = {field: str(message[field]) for field in ("from", "to", "date") if message[field]}
    title = {"title": str(message["subject"])} if message["subject"] else {}
    yield Document(text=text, metadata={**title, **fields})


READERS: Final[dict[str, Reader]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".pdf": _pdf,
    ".docx": _docx,
    ".csv": _rows,
    ".tsv": _rows,
    ".json": _json,
    ".jsonl": _jsonl,
    ".ipynb": _notebook,
    ".eml": _mail,
}
"""By the ending of a name; all others are read as text."""
TEXTS: Final = frozenset({".txt", ".rst", ".log", ".yaml", ".yml", ".toml", ".ini", *LANGUAGES})
"""Endings that are read as text when a folder is read."""
