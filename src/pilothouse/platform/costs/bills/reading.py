"""A provider's file, whatever form it has."""

from __future__ import annotations

import json
from typing import Any

from pilothouse.platform.costs.bills.models import NAMES, Bill, Provider
from pilothouse.platform.costs.bills.pages import read_pages
from pilothouse.platform.costs.bills.tables import read_table
from pilothouse.platform.errors import BadRequest


def read_bill(provider: Provider, content: bytes) -> Bill:
    """What a file says. Raises BadRequest, with the line and the column of the mistake."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = content.count(b"\n", 0, e.start) + 1
        column = e.start - content.rfind(b"\n", 0, e.start)
        raise _wrong(line, column, "this is no UTF-8; save the export as UTF-8") from e
    if not text.strip():
        raise BadRequest("the file is empty", {"parameter": "file"})
    bill = Bill(provider)
    if text.lstrip()[0] in "{[":
        for document in _json_of(text):
            read_pages(bill, document)
    else:
        read_table(bill, text)
    if not bill.by_model:
        raise BadRequest(
            f"the file holds no usage: export it from {NAMES[provider]} by day and model",
            {"parameter": "file"},
        )
    return bill


def _json_of(text: str) -> list[Any]:  # Any: JSON of others
    """The documents of a file. Raises BadRequest, also for what Python does not read."""
    try:
        return _documents(text)
    except RecursionError:
        problem = "its JSON is nested too deeply"
    except ValueError:  # Python's bound against numbers that take minutes to read
        problem = "a number has too many digits"
    raise BadRequest(f"the file is no bill: {problem}", {"parameter": "file"})


def _documents(text: str) -> list[Any]:  # Any: JSON of others
    """The JSON of a file: one document, or one on each line."""
    try:
        return [json.loads(text)]
    except json.JSONDecodeError as whole:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            if len(lines) > 1:
                return [json.loads(line) for line in lines]
        except json.JSONDecodeError:
            pass  # what is wrong with the file as a whole says more
        raise _wrong(whole.lineno, whole.colno, f"this is no JSON: {whole.msg}") from whole


def _wrong(line: int, column: int, problem: str) -> BadRequest:
    return BadRequest(
        f"line {line}, column {column}: {problem}",
        {"parameter": "file", "line": line, "column": column},
    )
