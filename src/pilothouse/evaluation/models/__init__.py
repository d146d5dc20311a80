"""The models that judges and targets ask: endpoints, LangChain objects, functions."""

from pilothouse.evaluation.models.chat import (
    ChatModel,
    Completion,
    EmbeddingModel,
    Message,
    RateLimits,
    Request,
    Token,
)
from pilothouse.evaluation.models.endpoint import Endpoint
from pilothouse.evaluation.models.functions import FunctionEmbedder, FunctionModel
from pilothouse.evaluation.models.given import ModelLike, as_embedder, as_model
from pilothouse.evaluation.models.langchain import LangChainEmbedder, LangChainModel

__all__ = [
    "ChatModel",
    "Completion",
    "EmbeddingModel",
    "Endpoint",
    "FunctionEmbedder",
    "FunctionModel",
    "LangChainEmbedder",
    "LangChainModel",
    "Message",
    "ModelLike",
    "RateLimits",
    "Request",
    "Token",
    "as_embedder",
    "as_model",
]
