"""Lines of CSV that a spreadsheet may open."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence


def line(values: Sequence[object]) -> bytes:
    """One line; None is empty, and a text that a spreadsheet would run is marked as a text."""
    written = io.StringIO()
    csv.writer(written).writerow(["" if value is None else _plain(value) for value in values])
    return written.getvalue().encode("utf-8", "replace")


def _plain(value: object) -> object:
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value
