"""Every setting of the server, its default and where its value came from.

The fields of `Settings` are the table: name, type, default, one sentence. A value is taken from the
first that has it: argument, environment (`PILOTHOUSE_…`), file (`--config`, else
`DATA/pilothouse.toml`), default. A name that nobody knows is a mistake, never ignored.
"""

# ruff: noqa: RUF009 - `_setting` gives a dataclass field, as `dataclasses.field` does.

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit, urlunsplit

import platformdirs

from pilothouse.listening import is_loopback

PREFIX: Final = "PILOTHOUSE_"
FILE_NAME: Final = "pilothouse.toml"
CLIENT_NAMES: Final = frozenset({"config", "endpoint", "api_key", "project"})
"""Names behind our prefix that the command line and the SDK read; the server lets them pass."""

Durability = Literal["commit", "fsync"]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]


class SettingsError(Exception):
    """A setting that nobody knows, or a value that cannot be one; the message is one line."""


class _UnfitError(Exception):
    """A value that a setting cannot take; says what it wants instead."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _UnfitError("a text")
    return value.strip()


def _integer(least: int, most: int | None = None) -> Callable[[object], int]:
    wanted = f"a whole number from {least}" + ("" if most is None else f" to {most}")

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise _UnfitError(wanted)
        try:
            number = int(value)
        except ValueError:
            raise _UnfitError(wanted) from None
        if number < least or (most is not None and number > most):
            raise _UnfitError(wanted)
        return number

    return parse


_UNITS: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def _size(value: object) -> int:
    wanted = "a number of bytes, as in 64MiB"
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = re.fullmatch(r"\s*(\d+)\s*([kmg]i?)?b?\s*", str(value), re.IGNORECASE)
    if isinstance(value, bool) or match is None or int(match[1]) == 0:
        raise _UnfitError(wanted)
    return int(match[1]) * _UNITS[(match[2] or "").lower()]


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off", ""}:
        return False
    raise _UnfitError("true or false")


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value.expanduser().absolute()
    if not isinstance(value, str) or not value.strip():
        raise _UnfitError("a path")
    return Path(value.strip()).expanduser().absolute()


def _names(value: object) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise _UnfitError("names separated by commas")
    return tuple(item.strip() for item in items if item.strip())


def _one_of(*words: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        word = str(value).strip().lower()
        if word not in words:
            raise _UnfitError(f"one of {', '.join(words)}")
        return word

    return parse


def _host_names(value: object) -> tuple[str, ...]:
    return tuple(name.lower() for name in _names(value))


def _setting(
    default: Any,
    parse: Callable[[object], Any],
    sentence: str,
    *,
    secret: bool = False,
    **more: Any,
) -> Any:
    # Any: the dataclass field's own annotation says the type, as with dataclasses.field.
    metadata = {"parse": parse, "sentence": sentence, "secret": secret}
    more["repr"] = not secret
    if callable(default):
        return field(default_factory=default, metadata=metadata, **more)
    return field(default=default, metadata=metadata, **more)


def _user_data() -> Path:
    return Path(platformdirs.user_data_dir("pilothouse", appauthor=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a server is started with; made by `load`, or directly with a few values in a test."""

    host: str = _setting(
        "127.0.0.1", _text, "The address to listen on; all but loopback ask who calls."
    )
    port: int = _setting(
        8484,
        _integer(0, 65535),
        "The port of the web app, the API and OTLP over HTTP; 0 takes a free one.",
    )
    otlp_grpc_port: int = _setting(
        4317, _integer(0, 65535), "The port of OTLP over gRPC; 0 means none."
    )
    data: Path = _setting(_user_data, _path, "The directory that holds all data of this server.")
    store: str = _setting(
        "", _text, "Where spans are kept: chdb:///directory or clickhouse://host/database."
    )
    database: str = _setting(
        "", _text, "Where records are kept: sqlite:///file or postgresql://host/database."
    )
    backups: Path = _setting(Path(), _path, "The directory that backups are written to.")
    durability: Durability = _setting(
        "commit",
        _one_of("commit", "fsync"),
        "What an answer survives: commit a killed process, fsync a power cut too.",
    )
    allowed_hosts: tuple[str, ...] = _setting(
        (), _host_names, "Further Host names that a server on loopback answers to."
    )
    cors_origins: tuple[str, ...] = _setting(
        (), _names, "Origins of other web pages that may call this server from a browser."
    )
    public_url: str = _setting(
        "",
        _text,
        "The address that people reach this server by; with https its cookies are secure.",
    )
    retention_days: int = _setting(
        90,
        _integer(0, 36500),
        "How long traces are kept where a project does not say otherwise; 0 keeps them for ever.",
    )
    rules_quiet_s: int = _setting(
        5,
        _integer(1, 3600),
        "How long, in seconds, a trace has been quiet before rules of online evaluation see it.",
    )
    max_request_bytes: int = _setting(
        64 * 2**20, _size, "The largest body of a request, after decompression."
    )
    admin_email: str = _setting(
        "",
        _text,
        "The e-mail address of the first admin, made at the start if nobody has an account.",
    )
    admin_password_file: Path | None = _setting(
        None, _path, "A file with the password of the first admin."
    )
    secret_key: tuple[str, ...] = _setting(
        (),
        _names,
        "The key that encrypts others' keys, not DATA/secret.key; older ones after commas.",
        secret=True,
    )
    gateway_config: Path | None = _setting(
        None, _path, "A YAML file with routes, aliases and providers of the gateway."
    )
    gateway_only: bool = _setting(
        False, _boolean, "Whether the gateway answers at the root, too, and there are no pages."
    )
    private_targets: bool = _setting(
        False,
        _boolean,
        "Whether experiments and alerts may call addresses inside the server's own network.",
    )
    session_days: int = _setting(
        30, _integer(1, 3650), "How long a browser stays signed in without being used."
    )
    log_level: LogLevel = _setting(
        "info", _one_of("debug", "info", "warning", "error"), "The least severity that is logged."
    )
    log_format: LogFormat = _setting(
        "text", _one_of("text", "json"), "How a line of the log is written: text or json."
    )
    demo: bool = _setting(
        False, _boolean, "Whether an empty server starts with a project of example traces."
    )
    open: bool = _setting(
        False, _boolean, "Whether the browser is opened once the server is ready."
    )

    def __post_init__(self) -> None:
        keep = object.__setattr__  # the one place where a frozen object still completes itself
        keep(self, "data", self.data.expanduser().absolute())
        if not self.store:
            keep(self, "store", f"chdb://{self.data / 'spans'}")
        if not self.database:
            keep(self, "database", f"sqlite:///{self.data / 'pilothouse.db'}")
        if self.backups == Path():
            keep(self, "backups", self.data / "backups")

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """The address to show to people."""
        return self.public_url.rstrip("/") or self.local_url

    @property
    def local_url(self) -> str:
        """The address by which this machine reaches the server."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound, only replaced
        host = everywhere.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One line of `config show`."""

    name: str
    value: Any
    origin: str
    """default, file, environment or argument; with its path or variable."""
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings and, for each, where its value came from."""

    settings: Settings
    origins: Mapping[str, str]

    def shown(self) -> list[Shown]:
        """All settings in the order of the table, secrets masked."""
        return [
            Shown(
                name=item.name,
                value=_shown(item, getattr(self.settings, item.name)),
                origin=self.origins.get(item.name, "default"),
                sentence=item.metadata["sentence"],
            )
            for item in dataclasses.fields(Settings)
        ]


def load(
    arguments: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Loaded:
    """The settings of a server that is started with these arguments; None in them means not given.

    Raises SettingsError for an unknown name, a value that does not fit, or an unreadable file.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (arguments or {}).items() if value is not None}
    variables = _variables(environ)
    if config is None and "config" in variables:
        config = _path(variables.pop("config"))
    variables.pop("config", None)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}

    def take(name: str, value: object, origin: str) -> None:
        if name not in _FIELDS:
            raise SettingsError(_unknown(f"setting {name!r} ({origin})", name))
        values[name] = _parsed(name, value, origin)
        origins[name] = origin

    for name, text in variables.items():
        take(name, text, f"environment {PREFIX}{name.upper()}")
    for name, value in given.items():
        take(name, value, "argument")
    path = config if config is not None else values.get("data", _user_data()) / FILE_NAME
    for name, kept in _from_file(path, required=config is not None).items():
        if name not in values:
            take(name, kept, f"file {path}")
    return Loaded(settings=Settings(**values), origins=origins)


def _shown(item: dataclasses.Field[Any], value: Any) -> Any:
    return "***" if item.metadata["secret"] and value else masked(value)


def masked(value: Any) -> Any:
    """A value as it may be shown: passwords in URLs as ***."""
    if not isinstance(value, str) or "://" not in value or "@" not in value:
        return value
    parts = urlsplit(value)
    if parts.password is None:
        return value
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{address}"))


_FIELDS: Final = {item.name: item for item in dataclasses.fields(Settings)}


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in _FIELDS and name not in CLIENT_NAMES:
            raise SettingsError(_unknown(f"environment variable {variable}", name, env=True))
        if name in _FIELDS or name == "config":
            found[name] = value
    return found


def _from_file(path: Path, *, required: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"the configuration file {path} does not exist") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the configuration file {path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the configuration file {path} is not TOML: {error}") from None


def _parsed(name: str, value: object, origin: str) -> Any:
    try:
        return _FIELDS[name].metadata["parse"](value)
    except _UnfitError as error:
        raise SettingsError(f"{name} ({origin}) must be {error}, not {value!r}") from None


def _unknown(what: str, name: str, *, env: bool = False) -> str:
    near = difflib.get_close_matches(name, list(_FIELDS), n=1, cutoff=0.5)
    hint = f"; did you mean {PREFIX + near[0].upper() if env else near[0]}?" if near else ""
    return f"unknown {what}{hint}"
