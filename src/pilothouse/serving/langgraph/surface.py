"""All that answers LangGraph's routes, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilothouse.serving.langgraph.agents import AgentRoutes
from pilothouse.serving.langgraph.assistant_routes import AssistantRoutes
from pilothouse.serving.langgraph.assistants import Assistants
from pilothouse.serving.langgraph.engine import Engine
from pilothouse.serving.langgraph.graphs import Graphs
from pilothouse.serving.langgraph.item_routes import ItemRoutes
from pilothouse.serving.langgraph.protocol_routes import ProtocolRoutes
from pilothouse.serving.langgraph.records import Records
from pilothouse.serving.langgraph.run_routes import RunRoutes
from pilothouse.serving.langgraph.state_routes import StateRoutes
from pilothouse.serving.langgraph.thread_routes import ThreadRoutes

if TYPE_CHECKING:
    from pilothouse.serving.service import Service


class Surface:
    """Each group of routes by its name in `routes.ROUTES`."""

    def __init__(self, service: Service) -> None:
        graphs, records = Graphs(service), Records(service.store)
        assistants = Assistants(service)
        engine = Engine(service, graphs, records, assistants)
        self.assistants = AssistantRoutes(assistants, graphs)
        self.states = StateRoutes(assistants, graphs, records)
        self.threads = ThreadRoutes(self.states, engine, records)
        self.runs = RunRoutes(service, engine, assistants, graphs, records)
        self.agents = AgentRoutes(self.runs, assistants, graphs, records)
        self.protocol = ProtocolRoutes(self.runs, records)
        self.items = ItemRoutes(graphs)
