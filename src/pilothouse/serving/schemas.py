"""What a target takes and gives, read from its type hints; validation at the edge."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, Final, Union

import typing_extensions
from pydantic import ConfigDict, Field, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic import create_model as new_model
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticUndefined

from pilothouse.serving.context import Context
from pilothouse.serving.errors import InvalidInput

ANY: Final[dict[str, Any]] = {}


class Schema:
    """A JSON Schema, and the check that goes with it."""

    def __init__(self, annotation: Any = Any, *, schema: dict[str, Any] | None = None) -> None:
        self._adapter: TypeAdapter[Any] | None = None
        self._given = schema
        if annotation not in (Any, inspect.Parameter.empty, None, object):
            try:
                self._adapter = TypeAdapter(_readable(annotation))
            except (PydanticSchemaGenerationError, PydanticUserError):
                self._adapter = None  # a class of the user's that says nothing of its members

    @property
    def checks(self) -> bool:
        """Whether anything is checked at all."""
        return self._adapter is not None

    def read(self, value: Any) -> Any:
        """The value as the target's types have it; raises InvalidInput."""
        if self._adapter is None:
            return value
        try:
            return self._adapter.validate_python(value)
        except ValidationError as error:
            raise invalid(error) from None

    def json_schema(self) -> dict[str, Any]:
        """Bare JSON Schema; {} for anything."""
        if self._given is not None:
            return self._given
        if self._adapter is None:
            return dict(ANY)
        try:
            return self._adapter.json_schema()
        except PydanticUserError:  # e.g. a callable inside
            return dict(ANY)


def invalid(error: ValidationError) -> InvalidInput:
    """The same in FastAPI's shape."""
    details = [
        {"type": e["type"], "loc": list(e["loc"]), "msg": e["msg"], "input": e.get("input")}
        for e in error.errors(include_url=False, include_context=False)
    ]
    first = details[0] if details else {"loc": [], "msg": "is invalid"}
    where = ".".join(map(str, typing.cast("list[Any]", first["loc"])))
    return InvalidInput(f"{where}: {first['msg']}" if where else str(first["msg"]), details=details)


class Signature:
    """How a function is called with a validated input."""

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = _hints(function)
        parameters = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        ]
        self.injected = {p.name: _what(p, hints) for p in parameters if _is_injected(p, hints)}
        self.names = [p.name for p in parameters if p.name not in self.injected]
        said = _described(inspect.getdoc(function) or "")
        fields: dict[str, Any] = {
            p.name: _field(p, hints.get(p.name, Any), said.get(p.name))
            for p in parameters
            if p.name not in self.injected
        }
        self.several = len(self.names) > 1
        if self.several:
            model = new_model(
                f"{getattr(function, '__name__', type(function).__name__)}Input",
                __config__=ConfigDict(arbitrary_types_allowed=True, extra="forbid"),
                **fields,
            )
            self.input = Schema(model)
        elif self.names:
            annotation, default = next(iter(fields.values()))
            if default.description:
                annotation = typing.Annotated[annotation, Field(description=default.description)]
            self.input = Schema(annotation)
            self.optional = not default.is_required()
        else:
            self.input = Schema(Any)
        self.output = Schema(_given_back(hints.get("return", Any)))

    def bind(self, value: Any, context: Context) -> dict[str, Any]:
        """The arguments of a call."""
        extra = {name: _INJECT[what](context) for name, what in self.injected.items()}
        if self.several:
            return {**{name: getattr(value, name) for name in self.names}, **extra}
        if self.names and not (value is None and self.optional):
            return {self.names[0]: value, **extra}
        return extra


_INJECT: Final[dict[str, Callable[[Context], Any]]] = {
    "context": lambda context: context,
    "history": lambda context: context.history,
}


def _is_injected(parameter: inspect.Parameter, hints: dict[str, Any]) -> bool:
    hint = hints.get(parameter.name)
    if parameter.name == "ctx" or hint is Context or _is_request(hint):
        return True
    return parameter.name == "history"


def _what(parameter: inspect.Parameter, hints: dict[str, Any]) -> str:
    return "history" if parameter.name == "history" else "context"


def _is_request(hint: Any) -> bool:
    return isinstance(hint, type) and hint.__name__ in ("Request", "HTTPConnection")


def _field(parameter: inspect.Parameter, hint: Any, description: str | None) -> tuple[Any, Any]:
    default = PydanticUndefined if parameter.default is parameter.empty else parameter.default
    return hint, Field(default, description=description)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    if isinstance(function, functools.partial):
        function = function.func
    called: Any = function if inspect.isroutine(function) else type(function).__call__
    try:
        return typing.get_type_hints(called, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {}  # names that exist for the type checker alone: nothing is checked


def _given_back(hint: Any) -> Any:
    """The type of a whole answer: pieces of text make a text, others a list."""
    origin = typing.get_origin(hint)
    name = getattr(origin, "__name__", "")
    if name in ("AsyncIterator", "AsyncGenerator", "Iterator", "Generator", "AsyncIterable"):
        piece = typing.get_args(hint)[0]
        return str if piece is str else list[piece]  # type: ignore[valid-type] # a runtime type
    if origin in (Union, types.UnionType) and hint is None:
        return Any
    return Any if hint is type(None) else hint


def _readable(hint: Any) -> Any:
    """The same type as pydantic reads it: before Python 3.12 it refuses `typing.TypedDict`."""
    if sys.version_info >= (3, 12):
        return hint
    if typing.is_typeddict(hint):
        return _typed_dict(hint)
    arguments = typing.get_args(hint)
    changed = tuple(_readable(each) for each in arguments)
    if changed == arguments or isinstance(hint, types.UnionType):
        return Union[changed] if isinstance(hint, types.UnionType) else hint  # noqa: UP007 - made at run time
    return hint.copy_with(changed) if hasattr(hint, "copy_with") else hint.__origin__[changed]


def _typed_dict(hint: Any) -> Any:
    hints = typing.get_type_hints(hint, include_extras=True)
    required = hint.__required_keys__
    members = {
        name: _readable(each)
        if name in required
        else typing_extensions.NotRequired[_readable(each)]
        for name, each in hints.items()
    }
    return typing_extensions.TypedDict(hint.__name__, members)  # type: ignore[operator] # made at run time


_GOOGLE: Final = re.compile(r"^\s*(?:Args|Arguments|Parameters):\s*$", re.MULTILINE)
_GOOGLE_ITEM: Final = re.compile(r"^(\s+)\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s*(.+)$")
_REST: Final = re.compile(r"^\s*:param\s+(?:[\w\[\], |.]+\s)?(\w+):\s*(.+)$", re.MULTILINE)
_NUMPY: Final = re.compile(r"^\s*Parameters\s*\n\s*-{3,}\s*$", re.MULTILINE)
_NUMPY_ITEM: Final = re.compile(r"^(\w+)\s*(?::.*)?\n((?:[ \t]+\S.*\n?)+)", re.MULTILINE)


def _described(doc: str) -> dict[str, str]:
    """What a docstring says of each parameter, in any of the three usual forms."""
    if numpy := _NUMPY.search(doc):
        found = _NUMPY_ITEM.findall(inspect.cleandoc(doc[numpy.end() :]) + "\n")
        return {name: " ".join(text.split()) for name, text in found}
    said = {name: text.strip() for name, text in _REST.findall(doc)}
    if google := _GOOGLE.search(doc):
        name, dent = "", 0
        for line in doc[google.end() :].strip("\n").splitlines():
            item = _GOOGLE_ITEM.match(line)
            if item and (not dent or len(item[1]) == dent):
                dent, name = len(item[1]), item[2]
                said[name] = item[3].strip()
            elif name and line.strip() and len(line) - len(line.lstrip()) > dent:
                said[name] += f" {line.strip()}"
            else:
                break
    return said
