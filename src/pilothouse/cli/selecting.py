"""Options that say which of what was recorded is meant."""

from __future__ import annotations

from typing import Annotated

import typer

Filter = Annotated[
    str | None, typer.Option("--filter", "-f", help='An expression: status = "error".')
]
Text = Annotated[str | None, typer.Option("--text", "-q", help="Full text of input and output.")]
Since = Annotated[str | None, typer.Option("--from", help="The earliest start, RFC 3339.")]
Until = Annotated[str | None, typer.Option("--to", help="Before this start, RFC 3339.")]
