"""Answers of judges as they are read."""

from __future__ import annotations

import pytest

from pilothouse.evaluation.judges.forms import Invalid, Labels, parsed


def test_half_a_pair_in_the_reasons_spoils_no_verdict() -> None:
    said = Labels(("yes", "no")).checked(parsed('{"explanation": "\\ud83d", "label": "yes"}'))

    assert (said.label, said.explanation) == ("yes", "\ud83d")


@pytest.mark.parametrize(
    "text", ['{"score": NaN}', '{"score": Infinity}', '{"score": 1', "{'score': 1}", '"yes"', ""]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="JSON"):
        parsed(text)


def test_thoughts_and_a_fence_are_put_aside() -> None:
    text = '<think>{"label": "no"}</think>\n```json\n{"label": "yes"}\n```'

    assert parsed(text) == {"label": "yes"}
