"""The model, its provider and its parameters (sections 3.5 and 3.6)."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects import (
    genai,
    haystack,
    langfuse,
    langsmith,
    langsmith_run,
    mlflow,
    openinference,
    others,
    traceloop,
    vercel,
)
from pilothouse.dialects.plan import Row
from pilothouse.dialects.provider import provider
from pilothouse.dialects.table.rows import (
    decoded,
    decoded_provider,
    for_calls,
    inside,
    named_provider,
    text,
)
from pilothouse.dialects.view import View

# 3.5 model and provider

RESPONSE_MODEL: Final = (
    Row(langsmith_run.model, keys=(langsmith_run.EXTRA, langsmith_run.OUTPUTS)),
    text("langfuse.observation.model.name"),
    text("gen_ai.response.model"),
    text("ai.response.model"),
    text("llm.response.model_name"),
    decoded("mlflow.llm.model"),
    text("llm.model_name"),
    text("embedding.model_name"),
    text("reranker.model_name"),
    text("decision.response.model_name"),
    text("decision.model_name"),
    Row(
        lambda view: _langchain_model(view, "gen_ai.completion"),
        keys=("gen_ai.completion",),
    ),
    Row(haystack.model, keys=haystack.OUTPUTS),
)
REQUEST_MODEL: Final = (
    text("gen_ai.request.model"),
    text("llm.request.model_name"),
    text("decision.request.model_name"),
    text("ai.model.id"),
    for_calls(
        Row(
            openinference.requested_model,
            keys=("llm.invocation_parameters", "embedding.invocation_parameters"),
        )
    ),
    for_calls(inside("input.value", "model", "model_name")),
    for_calls(inside("mlflow.spanInputs", "model")),
    for_calls(decoded("model")),
    for_calls(decoded("model_name")),
    Row(others.genkit_model, keys=("genkit:name",)),
    for_calls(text("lk.request.model")),
)
PROVIDER: Final = (
    Row(lambda view: provider(langsmith_run.provider(view)), keys=(langsmith_run.EXTRA,)),
    named_provider("gen_ai.provider.name"),
    named_provider("gen_ai.system"),
    named_provider("llm.provider"),
    named_provider("llm.system"),
    named_provider("ai.model.provider"),
    named_provider("langsmith.metadata.ls_provider"),
    decoded_provider("mlflow.llm.provider"),
    named_provider("decision.provider"),
    named_provider("decision.system"),
)


def _langchain_model(view: View, key: str) -> str:
    if view.kind != "llm":
        return ""
    found = langsmith.langchain_response(view.js(key))
    name = found.get("model_name") or found.get("model")
    return name if type(name) is str else ""


def _payload_id(key: str) -> Row:
    """The provider's id in a recorded answer."""

    def read(view: View) -> str:
        if view.kind not in ("llm", "embedding"):
            return ""
        value = view.attributes[key]
        if type(value) is not str or value[:1] != "{" or '"id"' not in value:
            return ""
        found = view.object(key)
        ident = found.get("id") or langsmith.langchain_response(found).get("id")
        return ident if type(ident) is str else ""

    return Row(read, keys=(key,))


RESPONSE_ID: Final = (
    _payload_id(langsmith_run.OUTPUTS),
    text("gen_ai.response.id"),
    text("ai.response.id"),
    _payload_id("output.value"),
    _payload_id("mlflow.spanOutputs"),
    _payload_id("gen_ai.completion"),
)

# 3.6 parameters

PARAMETERS: Final = (
    Row(langsmith_run.parameters, keys=(langsmith_run.EXTRA,)),
    Row(
        genai.parameters,
        prefixes=("gen_ai.request.", "gen_ai.openai.request.", "openai.request."),
        keys=(
            "gen_ai.output.type",
            "openai.api.type",
            "gen_ai.retrieval.top_k",
            "gen_ai.embeddings.dimension.count",
            "reranker.top_k",
            "db.vector.query.top_k",
        ),
    ),
    Row(
        openinference.parameters,
        keys=("llm.invocation_parameters", "embedding.invocation_parameters"),
    ),
    Row(langfuse.parameters, keys=("langfuse.observation.model.parameters",)),
    Row(vercel.parameters, prefixes=("ai.settings.",), keys=("ai.prompt.toolChoice",)),
    Row(langsmith.parameters, prefixes=("langsmith.metadata.",)),
    Row(mlflow.parameters, keys=mlflow.PARAMETERS),
    Row(traceloop.parameters, keys=tuple("llm." + name for name in traceloop.PARAMETERS)),
)
FINISH_REASON: Final = (
    Row(langsmith_run.finish_reason, keys=(langsmith_run.OUTPUTS,)),
    Row(
        lambda view: _first_of(view.js("gen_ai.response.finish_reasons")),
        keys=("gen_ai.response.finish_reasons",),
    ),
    text("ai.response.finishReason"),
    text("ai.finishReason"),
    text("llm.finish_reason"),
    text("gen_ai.completion.0.finish_reason"),
    decoded("langfuse.observation.metadata.finish_reason"),
    text("gen_ai.response.finish_reason"),
)


def _first_of(found: Any) -> Any:
    return found[0] if type(found) is list and found else found
