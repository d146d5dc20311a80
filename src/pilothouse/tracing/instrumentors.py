"""Switches on the instrumentors that are installed, each when its library loads."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pilothouse.tracing.settings import Settings
from pilothouse.tracing.trouble import trouble, warn_once

GROUP = "opentelemetry_instrumentor"
PYDANTIC_AI = "pydantic_ai"
"""Speaks OpenTelemetry itself; no instrumentor is needed."""


@dataclass(frozen=True, slots=True)
class Library:
    """A library we know, the module that means it is there, and its instrumentors' names."""

    extra: str
    """Our extra that brings the instrumentor; "" where we have none."""
    module: str
    entries: tuple[str, ...]
    """Names of entry points; several projects use the same name."""


LIBRARIES = (
    Library("openai", "openai", ("openai", "openai_v2")),
    Library("anthropic", "anthropic", ("anthropic",)),
    Library("langchain", "langchain_core", ("langchain",)),
    Library("llamaindex", "llama_index.core", ("llama_index", "llamaindex")),
    Library("openai-agents", "agents", ("openai_agents",)),
    Library("crewai", "crewai", ("crewai",)),
    Library("mistral", "mistralai", ("mistralai",)),
    Library("groq", "groq", ("groq",)),
    Library("bedrock", "botocore", ("bedrock",)),
    Library("vertexai", "vertexai", ("vertexai",)),
    Library("google-genai", "google.genai", ("google_genai", "google-genai")),
    Library("dspy", "dspy", ("dspy",)),
    Library("litellm", "litellm", ("litellm",)),
    Library("haystack", "haystack", ("haystack",)),
    Library("mcp", "mcp", ("mcp",)),
    Library("", "agno", ("agno",)),
    Library("", "smolagents", ("smolagents",)),
    Library("", "instructor", ("instructor",)),
    Library("", "cohere", ("cohere",)),
    Library("", "ollama", ("ollama",)),
    Library("", "together", ("together",)),
    Library("", "portkey_ai", ("portkey",)),
    Library("", "beeai_framework", ("beeai",)),
    Library("", "strands", ("strands_agents",)),
    Library("", "google.adk", ("google_adk",)),
    Library("", "claude_agent_sdk", ("claude_agent_sdk",)),
    Library("", "autogen_agentchat", ("autogen_agentchat", "autogen")),
    Library("", "threading", ("threading",)),
)
"""`threading` carries the current span into new threads, where that instrumentor is installed."""
TELLING = frozenset(("openai", "anthropic", "langchain", "llamaindex", "crewai", "openai-agents",
                     "mistral", "groq", "google-genai", "dspy", "litellm",
                     "haystack"))  # fmt: skip
"""Extras we ask for when their library is installed; the others often come along unused."""


class Recording:
    """The libraries that one `init` records, until the next one or `shutdown`."""

    def __init__(self, settings: Settings, provider: Any) -> None:
        self._settings = settings
        self._provider = provider
        self._undo: list[tuple[str, Callable[[], object]]] = []
        self._over = False

    def begin(self) -> list[str]:
        """Prepares what is installed; gives the names of what is or will be recorded."""
        wanted = self._settings.instrument
        if wanted is False:
            return []
        found = _installed()
        ready: list[str] = []
        missing: list[str] = []
        for library in _chosen(wanted):
            entry = next((found[name] for name in library.entries if name in found), None)
            if entry is not None:
                _when_loaded(library.module, partial(self._switch_on, entry))
                ready.append(library.extra or library.module)
            elif library.extra in TELLING and _is_there(library.module):
                missing.append(library.extra)
        if _wants_pydantic_ai(wanted) and _is_there(PYDANTIC_AI):
            _when_loaded(PYDANTIC_AI, self._switch_on_pydantic_ai)
            ready.append(PYDANTIC_AI)
        if missing:
            warn_once(
                "instrumentors",
                f"{', '.join(missing)}: installed, but without its instrumentor, so its calls are "
                f"not recorded. Run: pip install 'pilothouse[{','.join(missing)}]' (or pass "
                "instrument= to pilothouse.init with the libraries you want).",
            )
        return ready

    def end(self) -> None:
        """Leaves the libraries as they were found, also those that are loaded later."""
        self._over = True
        while self._undo:
            name, undo = self._undo.pop()
            try:
                undo()
            except Exception as error:
                trouble(f"taking back instrumentor {name!r}", error)

    def _switch_on(self, entry: EntryPoint, _module: Any) -> None:
        """Loads an instrumentor and turns it on, unless the program has done so itself."""
        if self._over:
            return
        try:
            instrumentor = entry.load()()
            if getattr(instrumentor, "is_instrumented_by_opentelemetry", False):
                return
            options = _options(entry, self._settings)
            instrumentor.instrument(tracer_provider=self._provider, **options)
            self._undo.append((entry.name, instrumentor.uninstrument))
        except Exception as error:
            trouble(f"instrumentor {entry.name!r}", error)

    def _switch_on_pydantic_ai(self, module: Any) -> None:
        """Tells Pydantic AI to record itself, which it does for all agents."""
        if self._over:
            return
        try:
            from pydantic_ai.models.instrumented import InstrumentationSettings

            settings = InstrumentationSettings(
                tracer_provider=self._provider, include_content=self._settings.capture_content
            )
            module.Agent.instrument_all(settings)
            self._undo.append((PYDANTIC_AI, partial(module.Agent.instrument_all, False)))
        except Exception as error:
            trouble("recording Pydantic AI", error)


def _chosen(wanted: bool | tuple[str, ...]) -> Iterable[Library]:
    if wanted is True or wanted is False:
        return LIBRARIES
    by_name: dict[str, Library] = {}
    for library in LIBRARIES:
        for name in (library.extra, library.module, *library.entries):
            by_name.setdefault(_plain(name), library)
    chosen: dict[Library, None] = {}
    for name in wanted:
        if _plain(str(name)) == _plain(PYDANTIC_AI):
            continue
        library_or_none = by_name.get(_plain(str(name)))
        if library_or_none is None:
            known = ", ".join(sorted(library.extra for library in LIBRARIES if library.extra))
            warn_once(f"instrument:{name}", f"instrument: unknown library {name!r}; known: {known}")
        else:
            chosen[library_or_none] = None
    return chosen


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")


def _installed() -> dict[str, EntryPoint]:
    """Entry points by name; OpenInference before others of the same name."""
    found: dict[str, EntryPoint] = {}
    try:
        for entry in entry_points(group=GROUP):
            if entry.name not in found or entry.value.startswith("openinference."):
                found[entry.name] = entry
    except Exception as error:
        trouble("looking for instrumentors", error)
    return found


def _is_there(module: str) -> bool:
    if module in sys.modules:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _wants_pydantic_ai(wanted: bool | tuple[str, ...]) -> bool:
    if isinstance(wanted, bool):
        return wanted
    return any(_plain(str(name)) == _plain(PYDANTIC_AI) for name in wanted)


def _options(entry: EntryPoint, settings: Settings) -> dict[str, Any]:
    """An OpenInference instrumentor is told itself not to record content."""
    if settings.capture_content or not entry.value.startswith("openinference."):
        return {}
    from openinference.instrumentation import TraceConfig

    return {"config": TraceConfig(hide_inputs=True, hide_outputs=True)}


def _when_loaded(module: str, act: Callable[[Any], None]) -> None:
    """Acts now if the module is loaded, else as soon as it is: nothing is imported for our sake."""
    if module in sys.modules:
        act(sys.modules[module])
        return
    from wrapt import register_post_import_hook

    register_post_import_hook(act, module)
