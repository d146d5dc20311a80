"""What servers echo of a text, in their several ways, and what of it is the option."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pilothouse.evaluation.benchmarks.echoes import Echo, echo_of, option_of
from pilothouse.evaluation.errors import ModelError


def echo(*texts: str, offsets: Sequence[int] | None = None) -> Echo:
    """Tokens of which each is less likely than the one before."""
    rates = [None, *(-float(place) for place in range(1, len(texts)))]
    return Echo(texts=texts, logprobs=rates, best=rates, offsets=offsets)


def rates(found: Echo, context: str, option: str, **rest: Any) -> list[float]:
    return [token.logprob for token in option_of(found, context, option, generated=1, **rest)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (echo("Two", " plus", " two", "."), [-1, -2]),
        (echo("<s>", "Two", " plus", " two", "."), [-2, -3]),
        (echo("<s>", "Two", " plus", " two", ".", offsets=[0, 3, 6, 11, 15]), [-2, -3]),
    ],
)
def test_an_option_is_found_where_its_text_begins(found: Echo, expected: list[float]) -> None:
    assert rates(found, "Two", " plus two") == expected


def test_a_token_across_the_border_is_an_error() -> None:
    with pytest.raises(ModelError, match="' plus' lies across the border") as e:
        rates(echo("Two", " plus", " two", "."), "Two pl", "us two")

    assert e.value.type == "Straddling"


def test_characters_that_are_several_tokens_are_counted_as_the_server_counts_them() -> None:
    found = echo(
        "caf", "bytes:\\xc3", "bytes:\\xa9", " ou", "vert", "!", offsets=[0, 3, 3, 4, 7, 11]
    )

    assert rates(found, "café", " ouvert") == [-3, -4]


def test_a_count_that_went_astray_is_not_believed() -> None:
    """vLLM counts each half of a character as one: its offsets are one too many from there on."""
    found = echo("caf", "\ufffd", "\ufffd", " o", "u", "!", offsets=[0, 3, 4, 5, 7, 8])

    assert rates(found, "café", " ou") == [-3, -4]


def test_halves_of_characters_in_the_option_leave_the_context_to_go_by() -> None:
    found = echo("Un", " caf", "\ufffd", "\ufffd", "!")

    assert rates(found, "Un", " café") == [-1, -2, -3]


def test_a_text_that_is_not_the_one_asked_about_is_an_error() -> None:
    with pytest.raises(ModelError, match="not those of the text"):
        rates(echo("Three", " minus", "."), "Two", " plus")


def test_the_first_token_of_a_text_has_no_probability() -> None:
    with pytest.raises(ModelError, match="'Two': no probability, the first of a text has none"):
        rates(echo("Two", "."), "", "Two")
    assert rates(echo("<s>", "Two", "."), "", "Two") == [-1]


def test_tokens_that_were_sent_as_numbers_are_counted() -> None:
    assert rates(echo("?", "?", "?", "?"), "", "", count=(1, 2)) == [-1, -2]
    with pytest.raises(ModelError, match="3 tokens were sent and 2 came back"):
        rates(echo("?", "?", "?"), "", "", count=(1, 2))


def test_probabilities_of_a_prompt_are_read_in_vllms_form_too() -> None:
    def entry(text: str, logprob: float, rank: int) -> dict[str, Any]:
        return {"decoded_token": text, "logprob": logprob, "rank": rank}

    listed = [
        None,
        {"1": entry(" plus", -2.0, 9), "2": entry(" is", -0.5, 1)},
        {"3": entry(" two", -0.25, 1)},
    ]
    found = echo_of({"text": "!", "prompt_logprobs": listed})

    assert found is not None
    tokens = option_of(found, "Two", " plus two", generated=0)
    assert [token.logprob for token in tokens] == [-2.0, -0.25]
    assert [max(token.alternatives.values()) for token in tokens] == [-0.5, -0.25]


@pytest.mark.parametrize(
    "choice", [{"text": "Hi"}, {"logprobs": {"tokens": [], "token_logprobs": []}}]
)
def test_an_answer_without_probabilities_is_told_apart(choice: dict[str, Any]) -> None:
    assert echo_of(choice) is None
