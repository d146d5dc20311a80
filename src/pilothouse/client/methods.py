"""A call is defined once, as a function that describes it; each client makes a method of it.

On `Client` the method gives the answer, on `AsyncClient` an awaitable of it; a list is an iterator
on the one and an async iterator on the other. Type checkers see the same.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from pilothouse.client.calls import Answer, Download, Pages

if TYPE_CHECKING:
    from pilothouse.client.asynchronous import AsyncClient
    from pilothouse.client.client import Client

P = ParamSpec("P")
Value = TypeVar("Value")
Given_co = TypeVar("Given_co", covariant=True)
Method = Callable[Concatenate[Any, P], Value]


class Asked(Protocol[P, Given_co]):
    """A method with one answer."""

    @overload
    def __get__(self, client: None, kind: object) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: Client, kind: object) -> Callable[P, Given_co]: ...
    @overload
    def __get__(
        self, client: AsyncClient, kind: object
    ) -> Callable[P, Coroutine[Any, Any, Given_co]]: ...


class Listed(Protocol[P, Given_co]):
    """A method that gives one item after the other."""

    @overload
    def __get__(self, client: None, kind: object) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: Client, kind: object) -> Callable[P, Iterator[Given_co]]: ...
    @overload
    def __get__(
        self, client: AsyncClient, kind: object
    ) -> Callable[P, AsyncIterator[Given_co]]: ...


def asked(define: Method[P, Answer[Value]]) -> Asked[P, Value]:
    """The method that sends what `define` describes."""
    return cast("Asked[P, Value]", _method(define, lambda client, call: client._ask(call)))


def listed(define: Method[P, Pages[Value]]) -> Listed[P, Value]:
    """The method that turns the pages which `define` describes."""
    return cast("Listed[P, Value]", _method(define, lambda client, call: client._turn(call)))


def streamed(define: Method[P, Download[Value]]) -> Listed[P, Value]:
    """The method that reads, as it arrives, what `define` describes."""
    return cast("Listed[P, Value]", _method(define, lambda client, call: client._stream(call)))


def _method(define: Callable[..., Any], send: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    told = _signature(define)

    @functools.wraps(define)
    def method(*args: Any, **kwargs: Any) -> Any:
        given = told.bind(*args, **kwargs)  # TypeError for a name that there is not
        return send(given.args[0], define(*given.args, **given.kwargs))

    vars(method)["__signature__"] = told  # which `inspect` reads
    return method


def _signature(define: Callable[..., Any]) -> inspect.Signature:
    """What may be given to a call, with the entries of its `**where: Unpack[…]` each by name."""
    told = inspect.signature(define)
    parameters = list(told.parameters.values())
    if parameters[-1].kind is inspect.Parameter.VAR_KEYWORD:
        name = parameters.pop().annotation.removeprefix("Unpack[").removesuffix("]")
        for entry, kind in define.__globals__[name].__annotations__.items():
            parameters.append(
                inspect.Parameter(
                    entry,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=None,
                    annotation=kind.__forward_arg__,
                )
            )
    return told.replace(parameters=parameters)
