"""The 25 instructions of IFEval: an answer that follows each, and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.evaluation.benchmarks.ifeval import CHECKS, followed

Arguments = dict[str, Any]
ENGLISH = "the weather in the north of england is cold and wet for most of the year"
GERMAN = "Das Wetter im Norden ist die meiste Zeit des Jahres kalt und nass, sagen die Leute."
KEPT: list[tuple[str, Arguments, str, str]] = [
    ("keywords:existence", {"keywords": ["moon", "sun"]}, "Sun and MOON", "the moon"),
    (
        "keywords:frequency",
        {"keyword": "a b", "frequency": 2, "relation": "at least"},
        "a b A B",
        "a b",
    ),
    (
        "keywords:frequency",
        {"keyword": "no", "frequency": 2, "relation": "less than"},
        "no",
        "no, not",
    ),
    ("keywords:forbidden_words", {"forbidden_words": ["art"]}, "a cart", "the Art of"),
    (
        "keywords:letter_frequency",
        {"letter": "L", "let_frequency": 3, "let_relation": "at least"},
        "Lull",
        "lie",
    ),
    ("language:response_language", {"language": "de"}, GERMAN, ENGLISH),
    ("language:response_language", {"language": "de"}, "1 2 3", ENGLISH),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "at least"},
        "Dr. Lee ran. I sat.",
        "Dr. Lee ran.",
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "less than"},
        "Only e.g. one.",
        "One. Two.",
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        "***\none\n***\ntwo\n***",
        "one\n***\n***\ntwo",
    ),
    (
        "length_constraints:number_words",
        {"num_words": 3, "relation": "at least"},
        "it's so",
        "it so",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Then"},
        'One.\n\n"then, two',
        "One.\n\nand then",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] [b c]", "[a b"),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
        "Hi\np. s. more",
        "Hi PS more",
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.P.S. more", "P.S. more"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* one\n- two", "* one\n** two"),
    (
        "detectable_format:constrained_response",
        {},
        "Well. My answer is no. Yes",
        "My answer is none",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "*a* and *b*",
        "*a* and * *",
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "Section 1\na\nSection 2\nb",
        "Section 1\nSection b",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', 'Here: {"a": 1}'),
    ("detectable_format:title", {}, "<<On tea>>\nIt is.", "<< >> tea"),
    ("combination:two_responses", {}, "one\n******\ntwo", "one\n******\none"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say it."}, " say it. It.", "I say it."),
    ("startend:end_checker", {"end_phrase": "The end."}, 'So. "the END." ', "The end. Or not"),
    ("startend:quotation", {}, '"all of it"', '"all" of it'),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "NASA and ESA.",
        "Nasa and ESA",
    ),
    ("change_case:english_capital", {}, ENGLISH.upper(), ENGLISH),
    ("change_case:english_lowercase", {}, ENGLISH, ENGLISH.capitalize()),
    ("punctuation:no_comma", {}, "this; that", "this, that"),
]


@pytest.mark.parametrize(("instruction", "arguments", "follows", "fails"), KEPT)
def test_an_instruction_is_followed_or_not(
    instruction: str, arguments: Arguments, follows: str, fails: str
) -> None:
    assert CHECKS[instruction](follows, **arguments)
    assert not CHECKS[instruction](fails, **arguments)


def test_there_are_twenty_five_and_each_is_tried_here() -> None:
    assert len(CHECKS) == 25
    assert {instruction for instruction, *_ in KEPT} == set(CHECKS)


def test_loosely_an_opening_line_and_asterisks_are_forgiven() -> None:
    row = {
        "instruction_id_list": ["punctuation:no_comma", "startend:quotation"],
        "kwargs": [{}, {}],
    }
    text = 'Sure, here it is:\n**"no more than this"**'

    assert followed(row, text) == [False, False]
    assert followed(row, text, loosely=True) == [True, True]
    assert followed(row, " \n", loosely=True) == [False, False]
