"""Routes and models of the gateway as releases know them."""

from __future__ import annotations

from pilothouse.gateway.config import RouteConfig
from pilothouse.platform.errors import NotFound
from pilothouse.platform.gateway.tables import GatewayTables
from pilothouse.platform.releases.models import Json


class GatewayNames:
    """Reads and writes the tables of the gateway; not on the event loop."""

    def __init__(self, tables: GatewayTables) -> None:
        self._tables = tables

    def known(self) -> list[str]:
        """Names of routes and models."""
        return self._tables.now().names()

    def leads_somewhere(self, name: str) -> bool:
        """Whether a name is of a route or a model."""
        return self._tables.now().find(name) is not None

    def written(self, name: str) -> Json | None:
        """A route as it was written over REST; None for one of the file or of a provider."""
        if any(each.name == name for each in self._tables.file.models):
            return None
        try:
            return self._tables.get(name).config
        except NotFound:
            return None

    def targets_of(self, name: str) -> list[Json]:
        """What a name leads to, as targets of a route."""
        route = self._tables.now().find(name)
        if route is None:
            return []
        return [
            {"provider": each.endpoint.name, "model": each.model, "weight": each.weight}
            for each in route.targets
        ]

    def write(self, name: str, route: Json) -> None:
        """Write a route. Raises ApiError."""
        self._tables.put(name, RouteConfig.model_validate(route))
