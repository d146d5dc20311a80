"""Tokens and costs in every family."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.spans import fields_of
from pilothouse.spans import Usage


def test_parts_larger_than_the_input_mean_that_it_excludes_them() -> None:
    fields = fields_of(
        {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 40}
    )

    assert fields.usage == Usage(input_tokens=50, total_tokens=50, cached_tokens=40)


def test_families_are_never_added() -> None:
    fields = fields_of(
        {
            "gen_ai.usage.prompt_tokens": 60,
            "gen_ai.usage.input_tokens": 60,
            "llm.token_count.prompt": 61,
            "ai.usage.inputTokens": 62,
        }
    )

    assert fields.usage == Usage(input_tokens=61, total_tokens=61)


def test_partial_usage_counts_only_without_the_full_family() -> None:
    partial = {"gen_ai.usage.partial.input_tokens": 7, "gen_ai.usage.partial.output_tokens": 1}

    assert fields_of(partial).usage == Usage(input_tokens=7, output_tokens=1, total_tokens=8)
    assert fields_of({**partial, "gen_ai.usage.input_tokens": 9}).usage == Usage(
        input_tokens=9, total_tokens=9
    )


def test_audio_is_kept_on_its_side() -> None:
    fields = fields_of(
        {
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 50,
            "gen_ai.usage.audio.input_tokens": 30,
            "gen_ai.usage.audio.output_tokens": 20,
        }
    )

    assert fields.usage is not None
    assert fields.usage.audio_tokens == 50
    assert (fields.usage.input_audio_tokens, fields.usage.output_audio_tokens) == (30, 20)


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 50,
            "gen_ai.usage.image.input_tokens": 30,
            "gen_ai.usage.image.output_tokens": 20,
        },
        {
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 50,
            "llm.token_count.prompt_details.image": 30,
            "llm.token_count.completion_details.image": 20,
        },
        {
            "langfuse.observation.usage_details": '{"prompt_tokens": 100, "completion_tokens": 50,'
            ' "prompt_tokens_details": {"image_tokens": 30},'
            ' "completion_tokens_details": {"image_tokens": 20}}'
        },
        {
            "langfuse.observation.usage_details": '{"input": 70, "input_image_tokens": 30,'
            ' "output": 30, "output_image_tokens": 20}'
        },
        {
            "openinference.span.kind": "LLM",
            "output.value": '{"data": [], "usage": {"input_tokens": 100, "output_tokens": 50,'
            ' "input_tokens_details": {"image_tokens": 30},'
            ' "output_tokens_details": {"image_tokens": 20}}}',
        },
    ],
)
def test_tokens_of_images_are_kept_on_their_side(attributes: dict[str, Any]) -> None:
    usage = fields_of(attributes).usage

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (100, 50)
    assert (usage.input_image_tokens, usage.output_image_tokens) == (30, 20)


def test_anthropic_spans_keep_what_was_written_for_an_hour() -> None:
    fields = fields_of(
        {
            "gen_ai.usage.input_tokens": 70,
            "gen_ai.usage.cache_write.input_tokens": 20,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 15,
        },
        scope_name="com.anthropic.sdk.python",
    )

    assert fields.usage is not None
    assert (fields.usage.cache_write_tokens, fields.usage.cache_write_1h_tokens) == (20, 15)


def test_a_cost_of_nothing_beside_tokens_is_unknown() -> None:
    unknown = fields_of({"gen_ai.usage.cost": 0, "gen_ai.usage.input_tokens": 5})
    free = fields_of({"gen_ai.usage.cost": 0.0})
    logfire = fields_of({"operation.cost": 1e-5, "gen_ai.usage.input_tokens": 5})
    mlflow = fields_of(
        {"mlflow.llm.cost": '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}'}
    )

    assert unknown.cost is None
    assert free.cost is not None
    assert logfire.cost is not None
    assert logfire.cost.total == 1e-5
    assert mlflow.cost is not None
    assert (mlflow.cost.input, mlflow.cost.total) == (0.1, 0.3)


def test_missing_usage_stays_unknown() -> None:
    assert fields_of({"ai.usage.outputTokenDetails.reasoningTokens": 4}).usage is None
    assert fields_of({"gen_ai.operation.name": "chat"}).usage is None
