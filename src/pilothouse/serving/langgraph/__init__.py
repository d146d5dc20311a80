"""The routes of LangGraph's platform, for its SDK, RemoteGraph and agent-protocol clients."""

from pilothouse.serving.langgraph.routes import LangGraphRoutes

__all__ = ["LangGraphRoutes"]
