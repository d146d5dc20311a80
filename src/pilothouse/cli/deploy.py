"""pilothouse deploy: makes the files to deploy with, and checks them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.terminal import JSON, new_app, print_json, print_table, say

app = new_app("Make the files to deploy with, and check them.")


class Target(StrEnum):
    """Where to deploy."""

    DOCKER = "docker"
    COMPOSE = "compose"
    K8S = "k8s"
    HELM = "helm"
    TERRAFORM = "terraform"
    SYSTEMD = "systemd"
    PROXY = "proxy"
    FLY = "fly"
    MODAL = "modal"
    RAY = "ray"


class Stores(StrEnum):
    """Where the platform keeps its data."""

    EMBEDDED = "embedded"
    SERVERS = "servers"


@app.command()
def init(
    target: Annotated[Target, typer.Option(help="Where to deploy.")],
    platform: Annotated[
        bool, typer.Option("--platform", help="The platform: web app, ingest and gateway.")
    ] = False,
    served: Annotated[
        str | None, typer.Option("--app", metavar="MODULE:TARGET", help="An app to serve.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="An index to serve, where it lies.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder to write to; else deploy-TARGET.")
    ] = None,
    name: Annotated[str, typer.Option(help="What everything is named by.")] = "pilothouse",
    host: Annotated[
        str, typer.Option(help="The name that people reach it by.")
    ] = "pilothouse.example.com",
    registry: Annotated[
        str, typer.Option(help="Where images are pushed to, such as ghcr.io/team.")
    ] = "",
    tag: Annotated[str | None, typer.Option(help="The tag of images; else the version.")] = None,
    stores: Annotated[
        Stores,
        typer.Option(
            help="embedded: one process; servers: ClickHouse and PostgreSQL, and several."
        ),
    ] = Stores.EMBEDDED,
    port: Annotated[int, typer.Option(help="The platform's port.")] = 8484,
    app_port: Annotated[int, typer.Option(help="The app's port.")] = 8000,
    search_port: Annotated[int, typer.Option(help="The index's port.")] = 8010,
    most: Annotated[int, typer.Option(help="The most processes that scaling may start.")] = 8,
    listen: Annotated[int, typer.Option(help="The port of the proxy in front.")] = 8080,
    upstream: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST:PORT", help="A process behind the proxy; again for more."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there and differ.")
    ] = False,
) -> None:
    """Write plain files, with versions pinned and without secrets, for one kind of place.

    Without --app and --search they are for the platform. Run it again with the same options and
    nothing changes; files that you changed are left alone unless --force is given.

    Example: pilothouse deploy init --target k8s --platform --app my_app:chain
    """
    from pilothouse import __version__, deploy

    folder = out or Path(f"deploy-{target.value}")
    values = deploy.values_of(
        platform=platform,
        app=served,
        search=search,
        name=name,
        host=host,
        registry=registry,
        tag=tag or __version__,
        stores=stores.value,
        port=port,
        app_port=app_port,
        search_port=search_port,
        most=most,
        listen=listen,
        upstreams=tuple(upstream or ()),
        source=Path.cwd(),
        out=folder,
    )
    files = deploy.files_of(target.value, values)
    written = deploy.write(files, folder, force=force)
    for path in (*written.new, *written.replaced):
        typer.echo(str(folder / path))
    if written.same:
        say(f"{len(written.same)} files are there already, and the same")
    say("\n" + deploy.next_steps(target.value, values, out=str(folder)))


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A folder that `deploy init` wrote.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run every linter that is installed over the files, and say which are not.

    Exits by 1 where one of them finds a mistake.

    Example: pilothouse deploy check deploy-k8s
    """
    from pilothouse import deploy

    findings = deploy.check(folder)
    rows = [
        {"tool": f.tool, "file": f.file, "verdict": f.verdict, "says": f.says} for f in findings
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(["verdict", "tool", "file"], rows)
        for finding in findings:
            if finding.says and finding.verdict != "good":
                say(f"\n{finding.tool}, {finding.file}:\n{finding.says}")
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(1)
