"""How an app is served: each limit with what it is for."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pilothouse.serving.errors import SetupError

PREFIX: Final = "PILOTHOUSE_SERVE_"
Memory = Literal["thread", "process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be set for an app; times in seconds, sizes in bytes, 0 means none."""

    max_concurrency: int = 0
    """Runs of a mount at once; 0: 64 where they run on the event loop, 8 in threads."""
    max_queue: int = 128
    """Runs of a mount that wait for a place; more are answered 503. 0: none waits."""
    threads: int = 40
    """Threads for targets that are not async."""
    queue_timeout: float = 10.0
    request_timeout: float = 120.0
    """Longest time of a run that is not streamed; clients may ask for less."""
    first_token_timeout: float = 60.0
    idle_stream_timeout: float = 60.0
    max_stream_seconds: float = 900.0
    slow_client_timeout: float = 30.0
    """How long a client of a stream may take nothing before it is dropped."""
    ping_interval: float = 15.0
    """After how long without data a stream sends a comment."""
    max_body_bytes: int = 10_000_000
    max_batch: int = 1_000
    requests_per_minute: int = 0
    """Of one key, or of one address where keys are not asked for."""
    concurrent_requests: int = 0
    """Of one key at once."""
    drain_delay: float = 5.0
    """How long after SIGTERM new requests are still taken, for load balancers to notice."""
    grace: float = 30.0
    """How long requests may then take to end."""
    expose_errors: bool = False
    """Whether clients see the target's own error messages."""
    on_disconnect: Literal["cancel", "continue"] = "cancel"
    memory: Memory = "thread"
    """Whose conversation a stateful target remembers: one a thread, or one for everybody."""
    history_messages: int = 200
    """How many of a thread's messages the target is given."""
    config_keys: tuple[str, ...] = ("configurable",)
    """What clients may set of a Runnable's configuration."""
    allowed_origins: tuple[str, ...] = ()
    """Other origins whose pages may open a WebSocket, and write where no key is asked for."""
    feedback_keys: tuple[str, ...] = ()
    """What end users may say of a run without a key; each answer carries a token for each."""
    feedback_secret: str = field(default="", repr=False)
    """Signs those tokens; none: one of this process's own."""
    page_title: str = ""
    """What the chat page is called; "": the target's name."""
    page_text: str = ""
    """A sentence below the title of an empty conversation."""
    page_note: str = "Answers are written by a model and can be wrong."
    page_questions: tuple[str, ...] = ()
    """Questions to begin with."""
    page_color: str = ""
    """The page's accent, as #rrggbb."""
    page_logo: str = ""
    """A file: PNG, JPEG, WebP or SVG."""
    page_files: tuple[str, ...] = ()
    """Media types that may be attached, such as image/*; none: what the target's input says."""
    frame_ancestors: tuple[str, ...] = ()
    """Origins whose pages may show the chat page in a frame."""
    visitors_apart: bool = False
    """Whether each browser has conversations of its own where no key is asked for."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """API keys and their scopes; none: nobody is asked."""


def options_from(given: Mapping[str, Any]) -> Options:
    """Options from arguments, then `PILOTHOUSE_SERVE_…`, then defaults.

    Raises SetupError for a name or value that cannot be used.
    """
    names = {f.name: f for f in dataclasses.fields(Options)}
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise SetupError(f"there is no option {name!r}{hint}")
    values = {name: value for name, value in given.items() if value is not None}
    for name, each in names.items():
        text = os.environ.get(PREFIX + name.upper())
        if text is not None and name not in values:
            values[name] = _read(name, each.default, text)
    options = Options(**values)
    for name in names:
        value = getattr(options, name)
        if isinstance(value, (int, float)) and value < 0:
            raise SetupError(f"{name} is {value}; it must not be negative")
    if options.memory not in ("thread", "process"):
        raise SetupError(f"memory is {options.memory!r}; use 'thread' or 'process'")
    return options


def _read(name: str, default: Any, text: str) -> Any:
    variable = PREFIX + name.upper()
    try:
        if isinstance(default, bool):
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if isinstance(default, (int, float)):
            return type(default)(text)
    except (KeyError, ValueError):
        wanted = "true or false" if isinstance(default, bool) else "a number"
        raise SetupError(f"{variable} is {text!r}; it must be {wanted}") from None
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name == "keys":
        return {part.strip(): ("*",) for part in text.split(",") if part.strip()}
    return text
