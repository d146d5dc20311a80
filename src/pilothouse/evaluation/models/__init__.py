"""The models that judges and targets ask: endpoints, LangChain objects, functions."""

from pilothouse.evaluation.models.cache import Cache, Cached
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
from pilothouse.evaluation.models.limits import Limited, Limiter
from pilothouse.evaluation.models.local import LocalEmbedder
from pilothouse.evaluation.models.prices import PerMillion, Priced, Prices
from pilothouse.evaluation.models.retries import Retrying, RetryPolicy, retried

__all__ = [
    "Cache",
    "Cached",
    "ChatModel",
    "Completion",
    "EmbeddingModel",
    "Endpoint",
    "FunctionEmbedder",
    "FunctionModel",
    "LangChainEmbedder",
    "LangChainModel",
    "Limited",
    "Limiter",
    "LocalEmbedder",
    "Message",
    "ModelLike",
    "PerMillion",
    "Priced",
    "Prices",
    "RateLimits",
    "Request",
    "RetryPolicy",
    "Retrying",
    "Token",
    "as_embedder",
    "as_model",
    "retried",
]
