"""OpenAI's routes in front of targets: chat completions, responses, conversations, embeddings."""

from pilothouse.serving.openai.routes import OpenAIRoutes

__all__ = ["OpenAIRoutes"]
