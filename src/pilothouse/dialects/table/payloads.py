"""Input and output as they were recorded (section 3.4)."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects import adk, langsmith_run

INPUT: Final = (
    langsmith_run.INPUTS,
    "langfuse.observation.input",
    "langfuse.trace.input",
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "gcp.vertex.agent.tool_call_args",
    "input.value",
    "mlflow.spanInputs",
    "traceloop.entity.input",
    "tool_arguments",
    "gen_ai.prompt",
    "gen_ai.retrieval.query.text",
    "gen_ai.memory.query.text",
    "haystack.component.input",
    "haystack.pipeline.input_data",
    "ai.values",
    "ai.value",
    "ai.prompt",
    "reranker.query",
    "genkit:input",
    "lmnr.span.input",
    "lk.user_transcript",
    "user_prompt",
    "new_context",
    "input",
    "prompt",
    # then the message lists themselves
    "gen_ai.input.messages",
    "ai.prompt.messages",
    "events",
    "pydantic_ai.all_messages",
    "all_messages_events",
    adk.REQUEST,
)
OUTPUT: Final = (
    langsmith_run.OUTPUTS,
    "langfuse.observation.output",
    "langfuse.trace.output",
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "gcp.vertex.agent.tool_response",
    "output.value",
    "mlflow.spanOutputs",
    "traceloop.entity.output",
    "tool_response",
    "gen_ai.completion",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.records",
    "haystack.component.output",
    "haystack.pipeline.output_data",
    "final_result",
    "ai.response.object",
    "ai.result.object",
    "genkit:output",
    "lmnr.span.output",
    "lk.response.text",
    "response.model_output",
    "output",
    # then the message lists themselves
    "gen_ai.output.messages",
    "ai.response.text",
    "ai.result.text",
    "ai.response.toolCalls",
    adk.RESPONSE,
)
