"""pilothouse up: starts the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.serverside import require_server
from pilothouse.cli.terminal import new_app

app = new_app("Start the server.")


@app.command(no_args_is_help=False)
def up(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port of app, API and OTLP.")] = None,
    otlp_grpc_port: Annotated[
        int | None, typer.Option(help="The port of OTLP over gRPC; 0 means none.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The directory of all data.")] = None,
    store: Annotated[
        str | None, typer.Option(help="Where spans are kept: chdb:///DIR or clickhouse://HOST.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="Where records are kept: sqlite:///FILE or postgresql://HOST/DB."),
    ] = None,
    durability: Annotated[
        str | None, typer.Option(help="commit survives a kill, fsync a power cut too.")
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(help="A further Host name that a server on loopback answers to."),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(help="An origin whose pages may call this server from a browser."),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="The address that people reach the server by.")
    ] = None,
    retention_days: Annotated[
        int | None, typer.Option(help="How long traces are kept; 0 means for ever.")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="text or json.")] = None,
    demo: Annotated[
        bool | None,
        typer.Option("--demo/--no-demo", help="Fill an empty server with example traces."),
    ] = None,
    open_browser: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the browser once it is ready.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A configuration file; else DATA/pilothouse.toml.")
    ] = None,
    fd: Annotated[
        int | None,
        typer.Option(help="A bound socket to take over, not host and port; systemd's is 3.", min=0),
    ] = None,
) -> None:
    """Start the server and stay in the foreground until Ctrl-C or SIGTERM.

    Each option has an environment variable PILOTHOUSE_… and a key in the configuration file;
    `pilothouse config show` says which value comes from where.

    Example: pilothouse up --demo --open
    """
    require_server("up")
    from pilothouse.platform.run import serve
    from pilothouse.platform.settings import load

    given = {
        "host": host,
        "port": port,
        "otlp_grpc_port": otlp_grpc_port,
        "data": data,
        "store": store,
        "database": database,
        "durability": durability,
        "allowed_hosts": tuple(allowed_host) if allowed_host else None,
        "cors_origins": tuple(cors_origin) if cors_origin else None,
        "public_url": public_url,
        "retention_days": retention_days,
        "log_level": log_level,
        "log_format": log_format,
        "demo": demo,
        "open": open_browser,
    }
    serve(load(given, config=config).settings, descriptor=fd)
