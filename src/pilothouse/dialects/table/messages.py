"""What was said to a model and by it (section 3.3)."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects import (
    adk,
    coding_agents,
    events,
    genai,
    haystack,
    langfuse,
    langsmith_run,
    logfire,
    openinference,
    others,
    pydantic_ai,
    traceloop,
    vercel,
)
from pilothouse.dialects.plan import Row
from pilothouse.dialects.table.rows import loose

MESSAGES_IN: Final = (
    loose(langsmith_run.INPUTS),
    Row(langfuse.input_messages, keys=("langfuse.observation.input",)),
    Row(genai.input_messages, keys=("gen_ai.input.messages",)),
    Row(openinference.input_messages, prefixes=(openinference.INPUT,)),
    Row(openinference.prompts, prefixes=("llm.prompts.#",)),
    Row(vercel.input_messages, keys=("ai.prompt.messages", "ai.prompt")),
    Row(traceloop.input_messages, prefixes=(traceloop.PROMPT,)),
    loose("gen_ai.prompt"),
    Row(events.details_input),
    Row(events.message_input),
    Row(events.prompt_input),
    Row(events.log_input),
    Row(
        pydantic_ai.input_messages,
        keys=("events", "pydantic_ai.all_messages", "all_messages_events"),
    ),
    Row(adk.input_messages, keys=(adk.REQUEST,)),
    loose("mlflow.spanInputs"),
    Row(haystack.input_messages, keys=haystack.INPUTS),
    Row(logfire.request, keys=("request_data",)),
    loose("input.value"),
    loose("traceloop.entity.input"),
    Row(coding_agents.input_messages, keys=("user_prompt", "new_context")),
    Row(others.genkit_input, keys=("genkit:input",)),
    loose("lmnr.span.input"),
    Row(others.livekit_input, keys=("lk.chat_ctx", "lk.user_transcript", "lk.user_input")),
    Row(openinference.input_roles, prefixes=(openinference.INPUT,)),
)
MESSAGES_OUT: Final = (
    loose(langsmith_run.OUTPUTS),
    loose("langfuse.observation.output"),
    Row(genai.output_messages, keys=("gen_ai.output.messages",)),
    Row(openinference.output_messages, prefixes=(openinference.OUTPUT,)),
    Row(openinference.choices, prefixes=("llm.choices.#",)),
    Row(
        vercel.output_messages,
        keys=(
            "ai.response.text",
            "ai.response.toolCalls",
            "ai.response.reasoning",
            "ai.response.object",
            "ai.result.text",
            "ai.result.object",
            "ai.result.toolCalls",
        ),
    ),
    Row(traceloop.output_messages, prefixes=(traceloop.COMPLETION,)),
    loose("gen_ai.completion"),
    Row(events.details_output),
    Row(events.message_output),
    Row(events.completion_output),
    Row(events.log_output),
    Row(
        pydantic_ai.output_messages,
        keys=("events", "pydantic_ai.all_messages", "all_messages_events"),
    ),
    Row(pydantic_ai.final_result, keys=("final_result",)),
    Row(adk.output_messages, keys=(adk.RESPONSE,)),
    loose("mlflow.spanOutputs"),
    Row(haystack.output_messages, keys=haystack.OUTPUTS),
    Row(logfire.response, keys=("response_data",)),
    loose("output.value"),
    loose("traceloop.entity.output"),
    Row(coding_agents.output_messages, keys=("response.model_output",)),
    Row(others.genkit_output, keys=("genkit:output",)),
    loose("lmnr.span.output"),
    Row(others.livekit_output, keys=("lk.response.text",)),
    Row(openinference.output_roles, prefixes=(openinference.OUTPUT,)),
)
INSTRUCTIONS: Final = (
    Row(genai.instructions, keys=("gen_ai.system_instructions",)),
    Row(events.details_instructions),
)
