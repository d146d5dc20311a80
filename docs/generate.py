"""Writes into the reference pages what the code already knows: settings, commands, fields, errors.

    python docs/generate.py           rewrite the generated parts
    python docs/generate.py --check   say which are out of date, and exit 1

A page marks its generated part by `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parent
_PART: Final = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """Every setting of the server: environment name, default, sentence."""
    from pilothouse.platform.settings import PREFIX, Settings

    rows = [
        (f"`{f.name}`", f"`{PREFIX}{f.name.upper()}`", _default(f), f.metadata["sentence"])
        for f in dataclasses.fields(Settings)
    ]
    return _table(("setting", "environment", "default", "what it is"), rows)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.name == "data":
        return "the user's data directory"
    derived = {
        "store": "`chdb://DATA/spans`",
        "database": "`sqlite:///DATA/pilothouse.db`",
        "backups": "`DATA/backups`",
    }
    if field.name in derived:
        return derived[field.name]
    value: Any = field.default  # Any: each setting has a type of its own
    if value in (None, "", ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if field.name == "max_request_bytes":
        return f"`{value // 2**20}MiB`"
    return f"`{value}`"


def commands() -> str:
    """The help of every command, as the terminal shows it."""
    from pilothouse.cli.main import COMMANDS

    parts = []
    for name, sentence in COMMANDS.items():
        parts.append(f"## pilothouse {name}\n\n{sentence}\n")
        parts += [
            f"{'###' if ' ' in path else ''} {path}\n\n```text\n{text}\n```\n".lstrip()
            for path, text in _helps(name)
        ]
    return "\n".join(parts)


def _helps(name: str) -> Iterator[tuple[str, str]]:
    """Title and help of a command, or of each of its subcommands."""
    from typer.main import get_command

    command = get_command(import_module(f"pilothouse.cli.{name}").app)
    path = f"pilothouse {name}"
    if not getattr(command, "commands", {}):
        yield "", _help(command, path)
    yield from _helps_within(command, path)


def _helps_within(command: Any, path: str) -> Iterator[tuple[str, str]]:
    """Title and help of each subcommand, and of those within it."""
    subcommands: Mapping[str, Any] = getattr(command, "commands", {})
    for word, subcommand in subcommands.items():
        inner = f"{path} {word}"
        if getattr(subcommand, "commands", {}):
            yield from _helps_within(subcommand, inner)
        else:
            yield inner, _help(subcommand, inner)


def _help(command: Any, path: str) -> str:
    context = command.make_context(path, [], resilient_parsing=True)
    # A terminal's width must not change the page.
    context.terminal_width = context.max_content_width = 88
    text = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def filter_fields() -> str:
    """Every field of the filter language."""
    from pilothouse.filters import FIELDS

    rows = [
        (f"`{f.name}`", f.type, " and ".join(sorted(f.owners)), f"{f.sentence}.")
        for f in FIELDS.values()
    ]
    return _table(("field", "type", "kept by", "what it is"), rows)


def measures() -> str:
    """What can be measured, and how it is written."""
    from pilothouse.platform.store.measures import AROUND, BARE, OF_FIELD

    percentile = {"p50": "the median; so any percentile up to `p99.999`, linear between two values"}
    rows = [(f"`{name}`", what) for name, what in BARE.items()]
    rows += [(f"`{name}(field)`", what) for name, what in (OF_FIELD | percentile).items()]
    rows += [(f"`{name}`", what) for name, what in AROUND.items()]
    return _table(("measure", "what it is"), rows)


def measured_fields() -> str:
    """Every field that is a number, with its unit and where it is measured."""
    from pilothouse.filters import FIELDS
    from pilothouse.platform.store.groups import SESSIONS

    units = {"duration": "milliseconds", "money": "US dollars"}
    rows = [
        (
            f"`{f.name}`",
            units.get(f.type) or ("tokens" if f.name.startswith("usage.") else "number"),
            ", ".join(sorted(f.owners | ({"sessions"} if f.name in SESSIONS.columns else set()))),
            f.sentence,
        )
        for f in FIELDS.values()
        if f.type in (*units, "number")
    ]
    return _table(("field", "unit", "over", "what it is"), rows)


def metrics() -> str:
    """Every metric of `/metrics`."""
    from pilothouse.platform.health.metrics import METRICS

    rows = [
        (f"`{m.name}`", m.kind, ", ".join(f"`{label}`" for label in m.labels) or "none", m.sentence)
        for m in METRICS
    ]
    return _table(("metric", "kind", "labels", "what it is"), rows)


def filter_words() -> str:
    """Operators, words, functions and suffixes of the filter language."""
    from pilothouse.filters import describe

    language = describe("traces")
    kinds = ("operators", "words", "functions", "suffixes")
    rows = [
        (f"`{e['name']}`".replace("|", "\\|"), e["sentence"]) for k in kinds for e in language[k]
    ]
    return _table(("written", "means"), rows)


def error_codes() -> str:
    """Every `code` of an error answer with its status."""
    from pilothouse.platform import answers, errors

    found = {
        each.code: each.status
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.ApiError)
    }
    found |= {code: status for status, code in answers._CODES.items()}
    meanings = {
        "bad_request": "A parameter, a filter or the body is wrong; `message` says what and where.",
        "unauthorized": "No key and nobody signed in, or a key that is not (or no longer) known.",
        "forbidden": "Known, but not allowed: a missing scope, another project, a foreign page.",
        "not_found": "There is nothing of this name or id.",
        "method_not_allowed": "The path exists, but not with this method.",
        "conflict": "The name is taken, or an id stands in several projects: `details.projects`.",
        "too_large": "The body is larger than `max_request_bytes`.",
        "unprocessable": "It can be read, but what it says is impossible.",
        "unavailable": "A store does not answer, or the server is overloaded; try again.",
        "internal": "A mistake of ours; the server's log has the details.",
    }
    rows = [
        (f"`{code}`", str(status), meanings[code])
        for code, status in sorted(found.items(), key=lambda pair: (pair[1], pair[0]))
    ]
    return _table(("code", "status", "what happened"), rows)


def masking_builtins() -> str:
    """The masking rules that need no pattern."""
    from pilothouse.detectors import DETECTORS

    rows = [(f"`{name}`", detector.sentence) for name, detector in DETECTORS.items()]
    return _table(("builtin", "finds"), rows)


def routes() -> str:
    """Every documented route of the REST API, by tag."""
    schema = _openapi()
    by_tag: dict[str, list[tuple[str, str]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/api/v1/"):
                tag = (operation.get("tags") or ["other"])[0]
                what = (operation.get("description") or "").split("\n\n")[0].replace("\n", " ")
                short = path.removeprefix("/api/v1").replace(":path}", "}")
                by_tag.setdefault(tag, []).append((f"`{method.upper()} {short}`", what))
    parts = [
        f"### {tag.capitalize()}\n\n{_table(('route', 'gives'), rows)}"
        for tag, rows in sorted(by_tag.items())
    ]
    return "\n".join(parts)


def _openapi() -> dict[str, Any]:
    """The OpenAPI document of a server on an empty data directory."""
    import tempfile

    from pilothouse.platform.app import open_platform
    from pilothouse.platform.settings import Settings

    with tempfile.TemporaryDirectory() as directory:
        platform = open_platform(Settings(data=Path(directory), otlp_grpc_port=0))
        try:
            return openapi_of(platform)
        finally:
            platform.close()


def openapi_of(platform: Any) -> dict[str, Any]:
    """The OpenAPI document of an open platform."""
    from fastapi import FastAPI

    from pilothouse.platform.app import create_app

    app = create_app(platform)
    while not isinstance(app, FastAPI):  # the layers in front of it keep it as `_app`
        app = app._app
    return app.openapi()


def client_calls() -> str:
    """Every call of the REST client, as one writes it, and what it gives."""
    from pilothouse.client import Client
    from pilothouse.client.api import Api

    rows = []
    for name, call in vars(Api).items():
        if name.startswith("_"):
            continue
        told = inspect.signature(getattr(Client, name))
        gives = _gives(str(told.return_annotation).strip("'"))
        arguments = ", ".join(
            f"{p.name}=…" if p.default is not p.empty else str(p).partition(":")[0]
            for p in list(told.parameters.values())[1:]
        )
        rows.append((f"`{name}({arguments})`", f"`{gives}`", (call.__doc__ or "").strip()))
    return _table(("call", "gives", "what it is"), rows)


def _gives(shape: str) -> str:
    """What a call gives on `Client`, by how it is defined."""
    kind, _, value = shape.rstrip("]").partition("[")
    iterators = {"Pages": value, "Pieces": "bytes", "Rows": "dict"}
    text = f"Iterator[{iterators[kind]}]" if kind in iterators else shape[len("Answer[") : -1]
    return text.replace("Json", "dict")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "settings": settings_table,
    "commands": commands,
    "filter-fields": filter_fields,
    "filter-words": filter_words,
    "measures": measures,
    "measured-fields": measured_fields,
    "metrics": metrics,
    "error-codes": error_codes,
    "masking-builtins": masking_builtins,
    "routes": routes,
    "client-calls": client_calls,
}


def rewritten(text: str) -> str:
    """A page with its generated parts made anew."""

    def part(match: re.Match[str]) -> str:
        return f"{match[1]}\n{PARTS[match[2]]().strip()}\n\n{match[3]}"

    return _PART.sub(part, text)


def main(*, check: bool) -> int:
    """Rewrite or check all pages; the exit code."""
    stale = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text("utf-8")
        new = rewritten(text)
        if new == text:
            continue
        stale.append(page)
        if not check:
            page.write_text(new, "utf-8")
    for page in stale:
        sys.stdout.write(f"{'out of date' if check else 'written'}: {page.relative_to(DOCS)}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
