"""The three programs that are deployed, and what each of them needs to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pilothouse import __version__

Kind = Literal["platform", "app", "search"]
Stores = Literal["embedded", "servers"]
SECRETS: Final = "/run/secrets"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - in a container; who asks needs a key


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One program that is deployed."""

    kind: Kind
    name: str
    host: str
    """The name that people reach it by."""
    port: int
    image: str
    package: str
    """What pip installs, pinned."""
    command: tuple[str, ...]
    ready: str = "/readyz"
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, str] = field(default_factory=dict)
    """Variables and the keys of the service's secret that hold them."""
    secret_files: tuple[str, ...] = ()
    """Keys of the service's secret that are files below /run/secrets."""
    data: str = ""
    """A directory that outlives the process; none where it is empty."""
    data_gb: int = 0
    data_read_only: bool = False
    data_of_each: bool = False
    """Whether each process needs a directory of its own."""
    least: int = 1
    most: int = 1
    cpu: str = "500m"
    memory_mb: int = 512

    @property
    def scales(self) -> bool:
        """Whether more processes may join."""
        return self.most > self.least


def platform_of(name: str, host: str, port: int, image: str, stores: Stores, most: int) -> Service:
    """`pilothouse up`: web app, ingest and gateway.

    With its stores embedded it is one process; with servers for them it may be several, each with a
    write-ahead file of its own.
    """
    servers = stores == "servers"
    secrets = {"PILOTHOUSE_SECRET_KEY": "secret-key"}
    if servers:
        secrets |= {"PILOTHOUSE_STORE": "store-url", "PILOTHOUSE_DATABASE": "database-url"}
    return Service(
        kind="platform",
        name=name,
        host=host,
        port=port,
        image=image,
        package=f"pilothouse[server,postgres]=={__version__}",
        command=("pilothouse", "up"),
        env={
            "PILOTHOUSE_HOST": EVERYWHERE,
            "PILOTHOUSE_PORT": str(port),
            "PILOTHOUSE_DATA": "/data",
            "PILOTHOUSE_PUBLIC_URL": f"https://{host}",
            "PILOTHOUSE_LOG_FORMAT": "json",
            "PILOTHOUSE_ADMIN_EMAIL": "admin@example.com",
            "PILOTHOUSE_ADMIN_PASSWORD_FILE": f"{SECRETS}/admin-password",
        },
        secret_env=secrets,
        secret_files=("admin-password",),
        data="/data",
        data_gb=10 if servers else 50,
        data_of_each=True,
        least=min(2, most) if servers else 1,
        most=most if servers else 1,
        cpu="1000m",
        memory_mb=2048,
    )


def app_of(
    name: str, host: str, port: int, image: str, target: str, traces: str, most: int
) -> Service:
    """`pilothouse serve`: its secret names the database of conversations, which all share."""
    to = {"PILOTHOUSE_ENDPOINT": traces, "PILOTHOUSE_PROJECT": name} if traces else {}
    serve = ("pilothouse", "serve", target, "--host", EVERYWHERE, "--port", str(port))
    return Service(
        kind="app",
        name=name,
        host=host,
        port=port,
        image=image,
        package=f"pilothouse[serve,postgres]=={__version__}",
        command=(*serve, "--key-file", f"{SECRETS}/keys", *(() if traces else ("--no-trace",))),
        env=to,
        secret_env={
            "PILOTHOUSE_SERVE_STORE": "store-url",
            "PILOTHOUSE_SERVE_FEEDBACK_SECRET": "feedback-secret",
            **({"PILOTHOUSE_API_KEY": "traces-key"} if traces else {}),
        },
        secret_files=("keys",),
        least=min(2, most),
        most=most,
    )


def search_of(name: str, host: str, port: int, image: str, traces: str, most: int) -> Service:
    """`pilothouse search serve`: an index that is only read, so that any number may serve it."""
    told = () if traces else ("--no-trace",)
    serve = ("pilothouse", "search", "serve", "/index", "--host", EVERYWHERE, "--port", str(port))
    return Service(
        kind="search",
        name=name,
        host=host,
        port=port,
        image=image,
        package=f"pilothouse[search,local]=={__version__}",
        command=(*serve, "--key-file", f"{SECRETS}/keys", *told),
        env={"PILOTHOUSE_ENDPOINT": traces} if traces else {},
        secret_env={"PILOTHOUSE_API_KEY": "traces-key"} if traces else {},
        secret_files=("keys",),
        data="/index",
        data_gb=10,
        data_read_only=True,
        least=min(2, most),
        most=most,
        memory_mb=1024,
    )
