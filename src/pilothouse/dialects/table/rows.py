"""The kinds of rows that a table of sources is made of."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects import metadata, mlflow
from pilothouse.dialects.logfire import provider_usage
from pilothouse.dialects.plan import Read, Row
from pilothouse.dialects.provider import provider
from pilothouse.dialects.view import View
from pilothouse.spans.parsing import identifier


def text(key: str) -> Row:
    """A string attribute."""

    def read(view: View) -> str:
        value = view.attributes[key]
        return value if type(value) is str else ""

    return Row(read, keys=(key,))


def ident(key: str) -> Row:
    """An attribute that identifies something; numbers occur."""
    return Row(lambda view: identifier(view.attributes[key]), keys=(key,))


def decoded(key: str) -> Row:
    """A string that may be JSON text of a string."""
    return Row(mlflow.text(key), keys=(key,))


def inside(key: str, *names: str) -> Row:
    """A string in the object that an attribute holds as JSON."""

    def read(view: View) -> str:
        found = view.parsed(key)
        if type(found) is not dict:
            return ""
        for name in names:
            value = found.get(name)
            if value and type(value) in (str, int):
                return str(value)
        return ""

    return Row(read, keys=(key,))


def named_provider(key: str) -> Row:
    """A provider, where the attribute does not name a framework."""
    return Row(lambda view: provider(view.attributes[key]), keys=(key,))


def decoded_provider(key: str) -> Row:
    """A provider in JSON text."""
    return Row(lambda view: provider(view.js(key)), keys=(key,))


def flag(key: str) -> Row:
    """A boolean attribute."""

    def read(view: View) -> bool | None:
        value = view.js(key)
        return value if type(value) is bool else None

    return Row(read, keys=(key,))


def tag_list(key: str) -> Row:
    """Tags under one attribute."""
    return Row(lambda view: metadata.clean_tags(view.attributes[key]), keys=(key,))


def loose(key: str) -> Row:
    """A payload that holds messages, or is itself what was said."""

    def read(view: View) -> Any:
        found = view.js(key)
        return None if found == _NO_OUTPUT else found

    return Row(read, keys=(key,))


_NO_OUTPUT: Final = {"output": None}
"""What LangSmith writes of a call that failed."""


def offered(key: str) -> Row:
    """The tools in a recorded request to a model."""

    def read(view: View) -> Any:
        found = view.object(key).get("tools") if view.kind == "llm" else None
        return [tool for tool in found if type(tool) is dict] if type(found) is list else None

    return Row(read, keys=(key,))


def answered_usage(key: str) -> Row:
    """The `usage` of a recorded answer, where no attribute says it, as for drawn images."""

    def read(view: View) -> dict[str, Any] | None:
        answer = view.attributes[key]
        calls = view.kind in ("llm", "embedding")
        if not calls or type(answer) is not str or '"usage"' not in answer:
            return None
        found = view.object(key).get("usage")
        return provider_usage(found) if type(found) is dict else None

    return Row(read, keys=(key,))


def called(view: View) -> bool:
    """Whether the span is a call of a model, so that bare names mean models."""
    return view.kind in ("llm", "embedding", "agent", "reranker")


def for_calls(row: Row) -> Row:
    """A row that speaks of models only on spans that call one."""
    read: Read = row.read
    return Row(lambda view: read(view) if called(view) else "", keys=row.keys)
