"""Reads of many spans that take each span once, and FINAL only where one has several versions.

FINAL reads the whole key of every row before any filter: among a million merged spans that is half
of what a chart costs, and two thirds of a look for the few spans that a filter names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of
from pilothouse.platform.store.versions import EVERYWHERE, Part, Versions, parts_of, versions_in

T = TypeVar("T")

FEW_ROWS: Final = 1_000_000
"""Among so many spans FINAL costs no more than two statements, one of them for few hours."""
MOST_HOURS: Final = 500
"""More hours with several versions than this are not named one by one."""
BLOCK: Final = 65_409
"""Rows that the engine reads at once if nothing is said."""


def spans_where(binds: Binds, where: str, projects: Collection[int], versions: Versions) -> str:
    """FROM what: the newest versions of the spans that a condition names."""
    if versions.hours is None:
        return f"spans FINAL WHERE {where}"
    several = {hour for project, hour in versions.hours if project in projects}
    if len(several) > MOST_HOURS:
        return f"spans FINAL WHERE {where}"
    if not several:
        return f"spans WHERE {where}"
    hours = binds.integers(sorted(several))
    return (
        f"(SELECT * FROM spans WHERE {where} AND hour NOT IN {hours}"
        f" UNION ALL SELECT * FROM spans FINAL WHERE {where} AND hour IN {hours})"
    )


async def asked(
    store: Store, projects: Collection[int], ask: Callable[[Versions], Awaitable[T]]
) -> T:
    """What `ask` answers, that reads spans by `spans_where` and may be asked twice."""
    # Another writer's parts may be seen late.
    if store.path is None or (await extent_of(store, projects)).spans <= FEW_ROWS:
        return await ask(EVERYWHERE)
    before = await parts_of(store)
    versions = await versions_in(store, before)
    if versions.hours is None:
        return await ask(versions)
    answer = await ask(versions)
    after = await parts_of(store)
    if {part.name for part in after} <= {part.name for part in before}:
        return answer
    # A span that came again meanwhile may have been read twice.
    now = await versions_in(store, after)
    if now.hours is not None and now.hours <= versions.hours and not _merged_since(before, after):
        return answer
    return await ask(EVERYWHERE)


def _merged_since(before: Collection[Part], after: Collection[Part]) -> bool:
    """Whether parts were merged, which hides what came and went in between."""
    known = {part.name for part in before}
    return any(part.merged for part in after if part.name not in known)
