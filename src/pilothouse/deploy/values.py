"""What is deployed: checked values, from which all templates are filled.

Whatever a template takes from a person is checked here against what the places accept, so that no
value can be anything but itself in YAML, a Dockerfile, HCL or a unit of systemd.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pilothouse import __version__
from pilothouse.deploy.errors import DeployError
from pilothouse.deploy.services import Kind, Service, Stores, app_of, platform_of, search_of

Project = Literal["uv", "requirements", "none"]

NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
TARGET: Final = re.compile(
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII
)
REGISTRY: Final = re.compile(
    rf"{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:/[a-z0-9][a-z0-9._-]*)*"
)
TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
ADDRESS: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*:[0-9]{{1,5}}")
PATH: Final = re.compile(r"(?!.*(?:^|/)\.\.(?:/|$))[A-Za-z0-9_./-]{1,200}")
WAY: Final = re.compile(r"[A-Za-z0-9_./-]{1,1000}")
LARGEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """All of a deployment."""

    name: str
    services: tuple[Service, ...]
    host: str
    stores: Stores
    project: Project
    app: str
    index: str
    registry: str
    upstreams: tuple[str, ...]
    """Who stands behind the proxy."""
    listen: int
    """The proxy's port."""
    out: str
    """The folder of the files, from the one that images are built from."""
    source: str
    """And the way back."""
    version: str = __version__
    uid: int = 10001

    def of(self, kind: Kind) -> Service | None:
        """The service of a kind, where it is deployed."""
        return next((s for s in self.services if s.kind == kind), None)


def values_of(
    *,
    platform: bool = False,
    app: str | None = None,
    search: str | None = None,
    name: str = "pilothouse",
    host: str = "pilothouse.example.com",
    registry: str = "",
    tag: str = __version__,
    stores: Stores = "embedded",
    port: int = 8484,
    app_port: int = 8000,
    search_port: int = 8010,
    most: int = 8,
    listen: int = 8080,
    upstreams: tuple[str, ...] = (),
    source: Path | None = None,
    out: Path | None = None,
) -> Values:
    """The values of a deployment; without `app` and `search` the platform alone.

    `search` is where the folder of an index lies on the machine; `source` the folder of the app's
    project; `out` where the files go. Raises DeployError for whatever a file could not hold.
    """
    ports = {"port": port, "app-port": app_port, "search-port": search_port}
    _check_names(name, host, registry, tag, app, search, upstreams)
    _check_numbers(ports, listen, most)
    with_platform = platform or (app is None and search is None)

    def image(of: str) -> str:
        return f"{registry + '/' if registry else ''}{of}:{tag}"

    traces = f"http://{name}:{port}" if with_platform else ""
    services: list[Service] = []
    if with_platform:
        services.append(platform_of(name, host, port, image(name), stores, most))
    if app is not None:
        of = f"{name}-app"
        services.append(app_of(of, f"app.{host}", app_port, image(of), app, traces, most))
    if search is not None:
        of = f"{name}-search"
        services.append(search_of(of, f"search.{host}", search_port, image(of), traces, most))
    return Values(
        name=name,
        services=tuple(services),
        host=host,
        stores=stores,
        project=_project(source),
        app=app or "",
        index=search or "",
        registry=registry,
        listen=listen,
        out=_way(source, out, "deploy"),
        source=_way(out, source, ".."),
        upstreams=upstreams or tuple(f"127.0.0.1:{service.port}" for service in services[:1]),
    )


def _check_names(
    name: str,
    host: str,
    registry: str,
    tag: str,
    app: str | None,
    search: str | None,
    upstreams: tuple[str, ...],
) -> None:
    _fits(NAME, name, "name", "up to 30 small letters, digits and hyphens")
    _fits(HOST, host, "host", "a name such as pilothouse.example.com")
    _fits(TAG, tag, "tag", "a tag of an image, such as 1.2.3")
    if registry:
        _fits(REGISTRY, registry, "registry", "a registry's path, such as ghcr.io/team")
    if app is not None:
        _fits(TARGET, app, "app", "module:target, such as my_app:chain")
    if search is not None:
        _fits(PATH, search, "search", "the path of an index, of letters, digits and -_./")
    for each in upstreams:
        _fits(ADDRESS, each, "upstream", "HOST:PORT")


def _check_numbers(ports: Mapping[str, int], listen: int, most: int) -> None:
    for which, number in ports.items():
        if not 1024 <= number <= LARGEST_PORT:
            raise DeployError(
                f"--{which} is {number}; it must be 1024 to {LARGEST_PORT}: "
                "lower ones are for root, which nothing runs as"
            )
    if len(set(ports.values())) < len(ports):
        raise DeployError("the ports of platform, app and search must differ")
    if not 1 <= listen <= LARGEST_PORT:
        raise DeployError(f"--listen is {listen}; it must be 1 to {LARGEST_PORT}")
    if not 1 <= most <= 1000:
        raise DeployError(f"--most is {most}; it must be 1 to 1000")


def _project(source: Path | None) -> Project:
    """How the app's own packages are installed, by the files beside it."""
    if source is not None and (source / "uv.lock").is_file():
        return "uv"
    if source is not None and (source / "requirements.txt").is_file():
        return "requirements"
    return "none"


def _way(start: Path | None, end: Path | None, unknown: str) -> str:
    """The path from one folder to another, as images' builds want it."""
    if start is None or end is None:
        return unknown
    way = os.path.relpath(end.resolve(), start.resolve())
    _fits(WAY, way, "out", "a folder whose path has letters, digits and -_./ only")
    return way


def _fits(pattern: re.Pattern[str], value: str, which: str, wanted: str) -> None:
    if not pattern.fullmatch(value):
        raise DeployError(f"--{which} {value!r} cannot be used: it must be {wanted}")
