"""One span while it is read: its attributes, the plan for its shape, what was parsed already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilothouse.spans.model import Kind, Source
from pilothouse.spans.parsing import identifier, js, parsed

if TYPE_CHECKING:
    from pilothouse.dialects.plan import Plan


class View:
    """What a dialect's functions are given; they only read."""

    __slots__ = ("attributes", "kind", "memo", "plan", "source")

    def __init__(self, source: Source, attributes: dict[str, Any], plan: Plan) -> None:
        self.source = source
        self.attributes = attributes
        self.plan = plan
        self.kind: Kind = "span"
        self.memo: dict[str, Any] | None = None

    def text(self, key: str) -> str:
        """A string attribute, "" where it is absent or no string."""
        value = self.attributes.get(key)
        return value if type(value) is str else ""

    def id(self, key: str) -> str:
        """An attribute that identifies something."""
        return identifier(self.attributes.get(key))

    def js(self, key: str) -> Any:
        """An attribute, decoded where it is JSON or a Python literal; decoded only once."""
        memo = self.memo
        if memo is None:
            memo = self.memo = {}
        elif key in memo:
            return memo[key]
        found = memo[key] = js(self.attributes.get(key))
        return found

    def parsed(self, key: str) -> Any:
        """An attribute, decoded where it is JSON of an object, a list or a string; only once."""
        memo = self.memo
        if memo is None:
            memo = self.memo = {}
        name = "json " + key
        if name not in memo:
            memo[name] = parsed(self.attributes.get(key))
        return memo[name]

    def object(self, key: str) -> dict[str, Any]:
        """The object that an attribute holds, {} where it holds none."""
        found = self.js(key)
        return found if type(found) is dict else {}

    def keys(self, prefix: str) -> tuple[str, ...]:
        """The span's attributes that start so; `prefix` must stand in the table."""
        return self.plan.groups.get(prefix, ())

    def indexed(self, prefix: str) -> tuple[tuple[int, dict[str, str]], ...]:
        """`prefix.<digits>.<rest>` by number, as (number, {rest: key}); cached for the shape."""
        return self.plan.indexed(prefix)
