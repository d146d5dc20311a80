"""`add_routes` of LangServe: servers that were built with it change this import alone.

from pilothouse.compat.langserve import add_routes

add_routes(app, chain, path="/chain")
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from pilothouse.compat.mounting import Ours
from pilothouse.serving import App, SetupError
from pilothouse.serving.schemas import Schema
from pilothouse.serving.targets import target_of

ROUTES: Final[Mapping[str, tuple[str, str]]] = {
    "invoke": ("POST", "invoke"),
    "batch": ("POST", "batch"),
    "stream": ("POST", "stream"),
    "stream_log": ("POST", "stream_log"),
    "stream_events": ("POST", "stream_events"),
    "input_schema": ("GET", "input_schema"),
    "output_schema": ("GET", "output_schema"),
    "config_schema": ("GET", "config_schema"),
    "token_feedback": ("POST", "token_feedback"),
    "feedback": ("POST", "feedback"),
    "feedback_head": ("HEAD", "feedback"),
}
HASHES: Final = "config_hashes"
KNOWN: Final = frozenset((*ROUTES, HASHES, "playground", "public_trace_link"))


def add_routes(
    app: Any,
    runnable: Any,
    *,
    path: str = "",
    input_type: Any = "auto",
    output_type: Any = "auto",
    config_keys: Sequence[str] = ("configurable",),
    include_callback_events: bool = False,
    per_req_config_modifier: Callable[..., Any] | None = None,
    enable_feedback_endpoint: bool = False,
    token_feedback_config: Mapping[str, Any] | None = None,
    enable_public_trace_link_endpoint: bool = False,
    playground_type: str = "default",
    dependencies: Sequence[Any] | None = None,
    enabled_endpoints: Collection[str] | None = None,
    disabled_endpoints: Collection[str] | None = None,
    **options: Any,
) -> None:
    """The routes of a Runnable on a FastAPI application or router.

    `options` are those of `pilothouse.serving.App`. Playgrounds, callback events and links to
    LangSmith's traces are not offered: asking for one of the last two raises SetupError, as does
    an endpoint that nobody knows. A path that is taken raises ValueError.
    """
    if include_callback_events or enable_public_trace_link_endpoint:
        raise SetupError("callback events and public links to traces are not offered")
    if playground_type not in ("default", "chat"):
        raise SetupError(f"playground_type {playground_type!r} is neither default nor chat")
    wanted = _wanted(enabled_endpoints, disabled_endpoints)
    if not enable_feedback_endpoint:
        wanted -= {"feedback", "feedback_head"}
    if token_feedback_config is None:
        wanted.discard("token_feedback")
    else:
        keys = [each["key"] for each in token_feedback_config["key_configs"]]
        options["feedback_keys"] = tuple(keys)
    _refuse_twice(app, path)
    base = path.rstrip("/")
    target = target_of(runnable, name=base.strip("/") or None)
    if input_type != "auto":
        target.input = Schema(input_type)
    if output_type != "auto":
        target.output = Schema(output_type)
    ours = App(**options).add(
        base,
        target,
        config_keys=tuple(config_keys),
        per_req_config_modifier=per_req_config_modifier,
    )
    for prefix in (base, f"{base}/c/{{config_hash}}")[: 2 if HASHES in wanted else 1]:
        for name in wanted & set(ROUTES):
            method, word = ROUTES[name]
            _add(app, ours, method, f"{prefix}/{word}", dependencies)


def _refuse_twice(app: Any, path: str) -> None:
    taken = {getattr(route, "path", None) for route in app.routes}
    if f"{getattr(app, 'prefix', '')}{path.rstrip('/')}/invoke" in taken:
        raise ValueError(f"there are routes at {path!r} already")


def _add(
    app: Any, ours: App, method: str, template: str, dependencies: Sequence[Any] | None
) -> None:
    async def answer(request: Request) -> Response:
        at = template.replace("{config_hash}", request.path_params.get("config_hash", ""))
        return Ours(ours, at)

    app.add_api_route(
        template,
        answer,
        methods=[method],
        dependencies=dependencies,
        response_model=None,
        include_in_schema=False,
    )


def _wanted(enabled: Collection[str] | None, disabled: Collection[str] | None) -> set[str]:
    if enabled is not None and disabled is not None:
        raise ValueError("enabled_endpoints and disabled_endpoints exclude each other")
    for name in (*(enabled or ()), *(disabled or ())):
        if name not in KNOWN:
            raise SetupError(
                f"there is no endpoint {name!r}; there are: {', '.join(sorted(KNOWN))}"
            )
    if enabled is not None:
        return set(enabled)
    return set(KNOWN) - set(disabled or ())
