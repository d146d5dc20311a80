"""What templates fill in, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts.templates import render, variables


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("Hi {name}!", {"name": "Ann"}, "Hi Ann!"),
        ("{{json}} {x}", {"x": 1}, "{json} 1"),
        ("{x:.2f} {y!r}", {"x": 3.14159, "y": "q"}, "3.14 'q'"),
        ("{x}", {"x": {"a": [1]}}, '{"a": [1]}'),
        ("{x}", {"x": None}, "null"),
        ("none", {}, "none"),
    ],
)
def test_an_f_string_is_filled_in(template: str, values: dict[str, Any], text: str) -> None:
    assert render(template, "f-string", values) == text


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("Hi {{ name }}!", {"name": "Ann"}, "Hi Ann!"),
        ("{{a.b}} {{{a.b}}} {{&a.b}}", {"a": {"b": "<&>"}}, "<&> <&> <&>"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": True}, "yes"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": []}, "no"),
        ("{{#p}}{{n}}={{v}};{{/p}}", {"p": [{"n": "a", "v": 1}, {"n": "b", "v": 2}]}, "a=1;b=2;"),
        ("{{#l}}{{.}},{{/l}}", {"l": ["x", "y"]}, "x,y,"),
        ("{{#o}}{{in}}{{out}}{{/o}}", {"o": {"in": 1}, "out": 2}, "12"),
        ("a{{! remark }}b", {}, "ab"),
        ("list:\n{{#l}}\n- {{.}}\n{{/l}}\nend", {"l": ["x", "y"]}, "list:\n- x\n- y\nend"),
        ('{"json": {"a": 1}}', {}, '{"json": {"a": 1}}'),
    ],
)
def test_mustache_is_filled_in(template: str, values: dict[str, Any], text: str) -> None:
    assert render(template, "mustache", values) == text


@pytest.mark.parametrize(
    ("template", "template_format"),
    [
        ("{x.__class__}", "f-string"),
        ("{x[0]}", "f-string"),
        ("{}", "f-string"),
        ("{x:>9999}", "f-string"),
        ("{x:{y}}", "f-string"),
        ("{x", "f-string"),
        ("{x:d}", "f-string"),
        ("{missing}", "f-string"),
        ("{{missing}}", "mustache"),
        ("{{x.upper}}", "mustache"),
        ("{{> partial}}", "mustache"),
        ("{{=<% %>=}}", "mustache"),
        ("{{#x}}", "mustache"),
        ("{{/x}}", "mustache"),
        ("{{#x}}{{#y}}{{/x}}{{/y}}", "mustache"),
        ("{{#x}}" * 60 + "{{/x}}" * 60, "mustache"),
    ],
)
def test_what_reaches_too_far_or_is_broken_is_refused(template: str, template_format: str) -> None:
    with pytest.raises(BadRequest):
        render(template, template_format, {"x": "value", "y": 1})


def test_lists_within_lists_end() -> None:
    many = ["x" * 100] * 1000
    template = "{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}"

    with pytest.raises(BadRequest, match="list items"):
        render(template, "mustache", {"l": many})


def test_the_variables_of_a_template_are_its_own() -> None:
    assert variables("{a} {{b}} {c:.1f} {a}", "f-string") == ["a", "c"]
    assert variables("{{a.b}} {{#l}}{{name}}{{/l}} {{^n}}{{m}}{{/n}}", "mustache") == [
        "a", "l", "n", "m",
    ]  # fmt: skip
    assert variables("{broken", "f-string") == []
