"""A call is defined once, as a function that describes it; each client makes a method of it.

On `Client` the method gives the answer, on `AsyncClient` an awaitable of it; a list is an iterator
on the one and an async iterator on the other. Type checkers see the same.
"""

from __future__ import annotations

import functools
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

    @functools.wraps(define)
    def method(client: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        return client._ask(define(client, *args, **kwargs))

    return cast("Asked[P, Value]", method)


def listed(define: Method[P, Pages[Value]]) -> Listed[P, Value]:
    """The method that turns the pages which `define` describes."""

    @functools.wraps(define)
    def method(client: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        return client._turn(define(client, *args, **kwargs))

    return cast("Listed[P, Value]", method)


def streamed(define: Method[P, Download[Value]]) -> Listed[P, Value]:
    """The method that reads, as it arrives, what `define` describes."""

    @functools.wraps(define)
    def method(client: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        return client._stream(define(client, *args, **kwargs))

    return cast("Listed[P, Value]", method)
