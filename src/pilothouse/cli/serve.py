"""pilothouse serve: turns a Python object into a web service."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from pilothouse.cli.terminal import Failure, new_app

app = new_app("Serve a Python object: a chain, a graph, a function, a class.")
NEEDED: Final = ("starlette", "uvicorn", "orjson", "pydantic", "sqlalchemy", "prometheus_client")


@app.command(no_args_is_help=True)
def serve(
    targets: Annotated[
        list[str],
        typer.Argument(help="module:name, or /path=module:name.", metavar="TARGET..."),
    ],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8000,
    fd: Annotated[
        int | None,
        typer.Option(help="A bound socket to take over, not host and port; systemd's is 3.", min=0),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            envvar="PILOTHOUSE_SERVE_STORE",
            help="Where conversations are kept: sqlite:///FILE or postgresql://HOST/DB.",
        ),
    ] = None,
    ws: Annotated[
        str | None, typer.Option(help="A path for a WebSocket that speaks as Lanarky's.")
    ] = None,
    chat_page: Annotated[str | None, typer.Option(help="A path for a page to chat on.")] = None,
    page_title: Annotated[
        str | None, typer.Option(help="What that page is called; else as the target.")
    ] = None,
    page_text: Annotated[
        str | None, typer.Option(help="A sentence below its title, where nothing is said yet.")
    ] = None,
    page_question: Annotated[
        list[str] | None, typer.Option(help="A question to begin with; may be given again.")
    ] = None,
    page_color: Annotated[str | None, typer.Option(help="Its accent, as #rrggbb.")] = None,
    page_logo: Annotated[
        Path | None, typer.Option(help="Its logo: a PNG, JPEG, WebP or SVG file.")
    ] = None,
    frame_ancestor: Annotated[
        list[str] | None,
        typer.Option(help="An origin whose pages may show it in a frame; may be given again."),
    ] = None,
    workers: Annotated[int, typer.Option(help="How many processes serve.", min=1)] = 1,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start anew when a Python file changes.")
    ] = False,
    key_file: Annotated[
        Path | None,
        typer.Option(help="A file of API keys, one a line, with scopes behind it if need be."),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let others ask without a key.")
    ] = False,
    memory: Annotated[
        str | None,
        typer.Option(help="thread: each conversation its own; process: one for everybody."),
    ] = None,
    max_concurrency: Annotated[
        int | None, typer.Option(help="Runs at once; 0: 64, or 8 in threads.")
    ] = None,
    max_queue: Annotated[int | None, typer.Option(help="Runs that may wait.")] = None,
    request_timeout: Annotated[
        float | None, typer.Option(help="Seconds that a whole answer may take.")
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(help="Of one key, or one address; 0: any number.")
    ] = None,
    expose_errors: Annotated[
        bool | None,
        typer.Option("--expose-errors", help="Tell clients the target's own error messages."),
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="The project that traces go to; else the module's name.")
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace/--no-trace", help="Whether runs are traced.")
    ] = True,
) -> None:
    """Serve one target at the root, or several at their names.

    Other limits are set by environment variables PILOTHOUSE_SERVE_…; traces go to
    PILOTHOUSE_ENDPOINT.

    Example: pilothouse serve my_app:chain --store sqlite:///chat.db
    """
    absent = [package for package in NEEDED if find_spec(package) is None]
    if absent:
        raise Failure(
            "`pilothouse serve` needs the app server, which is not installed "
            f"({', '.join(absent)} missing): pip install 'pilothouse[serve]'"
        )
    from pilothouse.serving.process import Plan
    from pilothouse.serving.process import serve as run

    given = {
        "memory": memory,
        "max_concurrency": max_concurrency,
        "max_queue": max_queue,
        "request_timeout": request_timeout,
        "requests_per_minute": requests_per_minute,
        "expose_errors": expose_errors,
        "keys": None if key_file is None else _keys(key_file),
        "page_title": page_title,
        "page_text": page_text,
        "page_questions": page_question or None,
        "page_color": page_color,
        "page_logo": None if page_logo is None else str(page_logo.absolute()),
        "frame_ancestors": frame_ancestor or None,
        "visitors_apart": True if insecure else None,
    }
    plan = Plan(
        targets=tuple(targets),
        host=host,
        port=port,
        descriptor=fd,
        workers=workers,
        reload=reload,
        insecure=insecure,
        store=store,
        websocket=ws,
        chat_page=chat_page,
        project=project,
        trace=trace,
        options={name: value for name, value in given.items() if value is not None},
    )
    raise typer.Exit(run(plan))


def _keys(path: Path) -> dict[str, list[str]]:
    """Keys and their scopes; empty lines and those that begin with # are left out."""
    lines = [line.split() for line in path.read_text("utf-8").splitlines()]
    keys = {line[0]: line[1:] for line in lines if line and not line[0].startswith("#")}
    if not keys:
        raise Failure(f"{path}: there is no key in it")
    return keys
