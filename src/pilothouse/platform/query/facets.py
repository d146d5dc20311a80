"""The values of fields over a selection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pilothouse.filters import Scope
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.facets import Facets
from pilothouse.platform.store.measures import field_of
from pilothouse.platform.store.selection import Selection


class FacetQueries:
    """Counts the values of fields."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(
        self,
        scope: Scope,
        selection: Selection,
        fields: Sequence[str],
        *,
        limit: int,
        contains: str = "",
    ) -> list[dict[str, Any]]:
        """A facet for each field, in the order asked. Raises BadRequest."""
        paths = [field_of(text, "field") for text in fields]
        await self._store.visible()
        facets = Facets(self._store, scope, selection)
        return await asyncio.gather(
            *(facets.of(path, limit=limit, contains=contains) for path in paths)
        )
