"""Provider names in one spelling; names of frameworks and of vector stores are none."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

_ALIASES: Final = {
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "google.vertex": "gcp.vertex_ai",
    "google_vertexai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google.generative-ai": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "xai": "x_ai",
    "bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "amazon": "aws.bedrock",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
}
_API_SUFFIXES: Final = frozenset(
    (
        "chat",
        "responses",
        "messages",
        "completion",
        "completions",
        "embedding",
        "embeddings",
        "image",
        "speech",
        "transcription",
        "reranking",
    )
)
_FRAMEWORKS: Final = frozenset(
    (
        "langchain",
        "langgraph",
        "strands-agents",
        "strands",
        "gcp.vertex.agent",
        "google_adk",
        "llamaindex",
        "llama_index",
        "haystack",
        "crewai",
        "autogen",
        "pydantic-ai",
        "pydantic_ai",
        "openai_agents",
        "agno",
        "dspy",
        "smolagents",
        "semantic_kernel",
        "mlflow",
        "traceloop",
        "vercel",
        "genkit",
        # vector stores
        "chroma",
        "faiss",
        "lancedb",
        "marqo",
        "milvus",
        "pgvector",
        "pinecone",
        "qdrant",
        "redis",
        "weaviate",
    )
)
_STORE_SUFFIXES: Final = ("vectorstore", "vector_store", "vectordb", "retriever", "vectorsearch")


def provider(value: Any) -> str:
    """The provider that an attribute names, "" if it names none."""
    return _provider(value) if type(value) is str and len(value) <= 200 else ""


@lru_cache(maxsize=1024)
def _provider(value: str) -> str:
    name = value.strip().lower()
    if name in _FRAMEWORKS or name.endswith(_STORE_SUFFIXES):
        return ""
    if name in _ALIASES:
        return _ALIASES[name]
    head, _, api = name.rpartition(".")
    if head and api in _API_SUFFIXES:
        return _provider(head)
    return name
