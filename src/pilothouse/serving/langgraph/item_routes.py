"""Items that clients keep beside threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langgraph.store.base import InvalidNamespaceError

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.langgraph.bodies import body_of, number, object_of, owner_of, text_of
from pilothouse.serving.langgraph.items import path_of, told
from pilothouse.serving.replies import Answer, Reply, json_answer

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.graphs import Graphs


LONGEST_MIN: Final = 10**9


class ItemRoutes:
    """`/store`."""

    def __init__(self, graphs: Graphs) -> None:
        self.graphs = graphs

    async def put(self, call: Call) -> Reply:
        """Keep one."""
        body = await body_of(call)
        value = body.get("value")
        if not isinstance(value, dict):
            raise Refusal("value: must be an object", status=422)
        namespace, key = _namespace(body.get("namespace")), _key(body.get("key"))
        ttl = body.get("ttl")
        if ttl is not None and (not isinstance(ttl, (int, float)) or not 0 < ttl <= LONGEST_MIN):
            raise Refusal(f"ttl: minutes, more than 0 and at most {LONGEST_MIN:,}", status=422)
        await self.graphs.service.store.open()
        items = self.graphs.items(owner_of(call))
        try:
            await items.aput(namespace, key, value, ttl=ttl)
        except InvalidNamespaceError as error:
            raise Refusal(str(error), status=422) from None
        return Answer(b"", status=204)

    async def get(self, call: Call) -> Reply:
        """One; 404 where there is none."""
        await self.graphs.service.store.open()
        namespace = _namespace(call.query.get("namespace"))
        key = _key(call.query.get("key"))
        found = await self.graphs.items(owner_of(call)).aget(namespace, key)
        if found is None:
            raise NotFound(f"there is no item {key!r} in {'.'.join(namespace)!r}")
        return json_answer(told(found))

    async def delete(self, call: Call) -> Reply:
        """Forget one."""
        body = await body_of(call)
        await self.graphs.service.store.open()
        items = self.graphs.items(owner_of(call))
        await items.adelete(_namespace(body.get("namespace")), _key(body.get("key")))
        return Answer(b"", status=204)

    async def search(self, call: Call) -> Reply:
        """Below a namespace, by fields and words."""
        body = await body_of(call)
        await self.graphs.service.store.open()
        found = await self.graphs.items(owner_of(call)).asearch(
            _namespace(body.get("namespace_prefix") or [], empty=True),
            query=text_of(body, "query"),
            filter=object_of(body, "filter") or None,
            limit=number(body, "limit", 10),
            offset=number(body, "offset", 0, 10**9),
        )
        return json_answer({"items": [told(each) for each in found]})

    async def namespaces(self, call: Call) -> Reply:
        """Those that have items."""
        body = await body_of(call)
        await self.graphs.service.store.open()
        found = await self.graphs.items(owner_of(call)).alist_namespaces(
            prefix=_names(body.get("prefix")),
            suffix=_names(body.get("suffix")),
            max_depth=number(body, "max_depth", 0) or None,
            limit=number(body, "limit", 100),
            offset=number(body, "offset", 0, 10**9),
        )
        return json_answer({"namespaces": [list(each) for each in found]})


def _namespace(given: Any, *, empty: bool = False) -> tuple[str, ...]:
    parts = given.split(".") if isinstance(given, str) else given
    if not isinstance(parts, list) or not (parts or empty):
        raise Refusal("namespace: a list of texts", status=422)
    namespace = tuple(str(part) for part in parts)
    path_of(namespace)
    return namespace


def _names(given: Any) -> tuple[str, ...] | None:
    return _namespace(given) if given else None


def _key(given: Any) -> str:
    if not isinstance(given, str) or not given or "\x00" in given:
        raise Refusal("key: a text", status=422)
    return given
