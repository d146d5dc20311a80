"""pilothouse doctor: what works and what does not, and what to do about it."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pilothouse.cli.serverside import CONFIG, DATA, NEEDED
from pilothouse.cli.terminal import JSON, bytes_shown, new_app, print_json

if TYPE_CHECKING:
    from pilothouse.platform.settings import Settings

app = new_app("Check the installation, ports, disk, stores and clock.")

LOW_DISK: Final = 2 * 10**9
_MARK: Final = {"ok": "ok  ", "warning": "warn", "error": "FAIL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    status: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""


def _ok(check: str, message: str) -> Finding:
    return Finding(check=check, status="ok", message=message)


@app.command(no_args_is_help=False)
def doctor(
    data: Annotated[Path | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Check the installation, ports, disk, both stores and the clock; exits 1 if anything fails.

    Example: pilothouse doctor --json
    """
    findings = list(_findings(data, config))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            hint = f"\n      {finding.hint}" if finding.hint else ""
            sys.stdout.write(f"{_MARK[finding.status]}  {finding.check}: {finding.message}{hint}\n")
    if any(finding.status == "error" for finding in findings):
        raise typer.Exit(1)


def _findings(data: Path | None, config: Path | None) -> Iterator[Finding]:
    yield _python()
    installed = _installation()
    yield installed
    from pilothouse.platform.settings import SettingsError, load

    try:
        settings = load({"data": data}, config=config).settings
    except SettingsError as error:
        yield Finding(check="settings", status="error", message=str(error))
        return
    yield _ok("settings", "every setting is known and fits")
    yield _directory(settings.data)
    yield _disk(settings.data)
    running = _answers(settings)
    yield from _ports(settings, running=running)
    if installed.status == "ok":
        yield _guarded("records database", _records, settings, running)
        yield _guarded("span store", _store, settings, running)
    yield _clock()
    if running:
        yield from _verdicts(settings)


def _guarded(
    check: str, work: Callable[[Settings, bool], Finding], settings: Settings, running: bool
) -> Finding:
    try:
        return work(settings, running)
    except Exception as error:  # noqa: BLE001 - whatever breaks is what this command is to tell
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        return Finding(check=check, status="error", message=line)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    from pilothouse import __version__

    return _ok("pilothouse", f"{__version__} on Python {version} ({sys.platform})")


def _installation() -> Finding:
    absent = [package for package in NEEDED if find_spec(package) is None]
    if absent:
        return Finding(
            check="installation",
            status="error",
            message=f"the server is not installed: {', '.join(absent)} missing",
            hint="pip install 'pilothouse[server]'",
        )
    engine = metadata.version("chdb")
    return _ok("installation", f"the server is installed, with chDB {engine}")


def _directory(path: Path) -> Finding:
    place = path
    while not place.exists() and place != place.parent:
        place = place.parent
    if not os.access(place, os.W_OK):
        return Finding(
            check="data directory",
            status="error",
            message=f"{path} cannot be written to",
            hint="choose another with --data or PILOTHOUSE_DATA",
        )
    return _ok("data directory", f"{path}{'' if path.exists() else ' (will be created)'}")


def _disk(path: Path) -> Finding:
    place = path
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < LOW_DISK:
        return Finding(
            check="disk",
            status="warning",
            message=f"{bytes_shown(free)} free",
            hint="shorten the retention of projects, or move --data to a larger disk",
        )
    return _ok("disk", f"{bytes_shown(free)} free")


def _answers(settings: Settings) -> bool:
    from pilothouse.client import Client

    with Client(settings.local_url, timeout_s=5) as client:
        return client.ready()


def _verdicts(settings: Settings) -> Iterator[Finding]:
    """What a server that runs says of itself; without a key only one on loopback does."""
    from pilothouse.cli.rest import Rest
    from pilothouse.client import PilothouseError

    check = "running server"
    try:
        with Rest(settings.local_url, timeout_s=5) as rest:
            told = rest.get("/api/v1/server/health")
    except PilothouseError as error:
        yield _ok(check, f"it does not say how it is: {error}")
        return
    for verdict in told["verdicts"]:
        if verdict["status"] != "ok":
            yield Finding(
                check=f"{check}, {verdict['check']}",
                status="error" if verdict["status"] == "bad" else "warning",
                message=verdict["message"],
                hint=verdict["hint"],
            )
    if told["status"] == "ok":
        yield _ok(check, "it finds nothing wrong with itself")


def _ports(settings: Settings, *, running: bool) -> Iterator[Finding]:
    for check, port in (("port", settings.port), ("OTLP over gRPC port", settings.otlp_grpc_port)):
        if not port:
            continue
        if running:
            yield _ok(check, f"{port}: a server runs at {settings.local_url}")
        elif _is_free(settings.host, port):
            yield _ok(check, f"{port} is free")
        else:
            option = "--port" if port == settings.port else "--otlp-grpc-port"
            yield Finding(
                check=check,
                status="error",
                message=f"{port} is taken by another program",
                hint=f"choose another with {option}",
            )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host.strip("[]"), port))
        except OSError:
            return False
    return True


def _records(settings: Settings, running: bool) -> Finding:
    check = "records database"
    from pilothouse.platform.records import Records
    from pilothouse.platform.records.versions import NEWEST, revision_of_file
    from pilothouse.platform.settings import masked

    records = Records(settings.database)
    if records.path is not None and not records.path.exists():
        return _ok(check, f"{records.path} will be created")
    if records.path is not None:
        revision = revision_of_file(records.path)
        state = "newest version" if revision == NEWEST else f"version {revision or 'none'}"
        return _ok(check, f"{records.path} answers ({state})")
    records.ping()
    records.close()
    return _ok(check, f"{masked(settings.database)} answers")


def _store(settings: Settings, running: bool) -> Finding:
    check = "span store"
    from pilothouse.platform.settings import masked

    place = masked(settings.store)
    if running:
        return _ok(check, f"{place} answers through the running server")
    embedded = settings.store.startswith("chdb://")
    if embedded and not Path(settings.store.removeprefix("chdb://")).exists():
        return _ok(check, f"{place} will be created")
    from pilothouse.platform.store.engine import Store
    from pilothouse.platform.store.failures import StoreInUse

    try:
        store = Store(settings.store)
    except StoreInUse:
        return Finding(
            check=check,
            status="warning",
            message=f"{place} is in use by a server on another port",
            hint="to ask that server, set PILOTHOUSE_PORT to its port",
        )
    try:
        spans = store.rows_sync("SELECT count() FROM spans")[0][0]
    finally:
        store.close()
    return _ok(check, f"{place} answers ({spans:,} rows of spans)")


def _clock() -> Finding:
    newest_code = Path(__file__).stat().st_mtime
    if time.time() < newest_code - 86_400:
        return Finding(
            check="clock",
            status="error",
            message=f"it says {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, "
            "which is before this program was installed",
            hint="set the clock, or have it set by NTP: retention goes by it",
        )
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.05)
    drift_s = abs((time.time() - wall) - (time.monotonic() - steady))
    if drift_s > 1:
        return Finding(
            check="clock", status="warning", message=f"it jumped by {drift_s:.1f} s just now"
        )
    return _ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))
