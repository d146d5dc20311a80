"""What a project's rules find is masked wherever it stands, and nothing else is touched."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.detectors import DETECTORS
from pilothouse.platform.ingest.masking import Masker, MaskingError, check_rules
from pilothouse.platform.store.points import MetricPoint
from pilothouse.spans import Event, Link, LogRecord, Score, Source

EVERYTHING = [{"builtin": name, "replacement": "***"} for name in DETECTORS]


def masker(*rules: dict[str, Any]) -> Masker:
    made = Masker.of(rules or EVERYTHING)
    assert made is not None
    return made


SECRETS = [
    "sk-proj-Abcdefghijklmnopqrstuvwxyz012345",
    "sk-ant-api03-abcdefghijklmnop-qrstuvwxyz_0123456789AA",
    "sk-or-v1-0123456789abcdef0123456789abcdef",
    "sk-lf-01234567-89ab-cdef-0123-456789abcdef",
    "sk_" + "live_0123456789abcdefghijklmn",
    "lsv2_pt_0123456789abcdef0123456789abcdef_0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyA0123456789abcdefghijklmnopqrstuv",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "github_pat_0123456789abcdefghij_0123456789",
    "glpat-0123456789abcdefghij",
    "xoxb-" + "012345678901-abcdefghijkl",
    "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "gsk_0123456789abcdefghijklmnopqrstuvwxyz",
    "xai-0123456789abcdefghijklmnopqrstuvwxyz",
    "pplx-0123456789abcdefghijklmnopqrstuvwxyz",
    "nvapi-0123456789abcdefghijklmnopqrstuvwxyz",
    "tvly-0123456789abcdefghij",
    "SG.0123456789abcdefghij.0123456789abcdefghijklmnop",
    "dapi0123456789abcdef0123456789abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF0123456789",
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "378282246310005",
    "jane.doe+test@mail.example.co.uk",
    "müller@bücher.example",
    "+49 (0)170 1234567",
    "0170 1234567",
    "(415) 555-0132",
    "203.0.113.7",
    "2001:db8::8a2e:370:7334",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "say {} now",
        "line\n{}\nline",
        '"{}"',
        "key={}, next",
        "<b>{}</b>",
        r"cut-off JSON: {{\"a\": \"x\n{}",
    ],
)
def test_a_secret_is_masked_in_any_text(secret: str, text: str) -> None:
    masked = masker().mask_text(text.format(secret))

    assert masked == text.format("***")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_secret_is_masked_in_json_within_json(secret: str, ascii_only: bool, depth: int) -> None:
    text: Any = f"one\n{secret}\ttwo"
    for _ in range(depth):
        text = json.dumps({"content": text, "n": [1.50, None]}, ensure_ascii=ascii_only)

    value: Any = masker().mask_text(text)

    assert "1.50" not in text
    for _ in range(depth):
        value = json.loads(value)["content"]
    assert value == "one\n***\ttwo"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Authorization: Bearer abcDEF0123456789xyz", "Authorization: Bearer ***"),
        ("basic dXNlcjpwYXNzd29yZDEyMw==", "basic ***"),
        ("postgres://user:hunter2@db/prod", "postgres://user:***@db/prod"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- end", "*** end"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb cut off", "***"),
        ("a@example.com and b@example.com", "*** and ***"),
        ("1234 4111 1111 1111 1111", "1234 ***"),
        ('{"card": 4111111111111111, "n": 1.50}', '{"card": "***", "n": 1.50}'),
        ('{"a@example.com": 1}', '{"***": 1}'),
    ],
)
def test_only_the_secret_part_is_masked(text: str, wanted: str) -> None:
    assert masker().mask_text(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The quick brown fox",
        "4111 1111 1111 1112",
        "1795132800000000000",
        "task-0123456789abcdefghijkl",
        "a basic understanding_of_the_matter",
        "2026-11-21T12:30:00.123456Z",
        "version 1.2.3 of 12:30:00",
        "gpt-4o-mini-2024-07-18",
        "std::vector<int>",
        "5b8efff798038103d269b633813fc60c",
        '{"temperature": 0.70, "big": 12345678901234567890123}',
        "user@localhost",
        "https://example.com/a:b",
    ],
)
def test_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert masker().mask_text(text) == text


def test_what_is_not_a_secret_in_json_keeps_its_spelling() -> None:
    text = '{ "a" : "x@example.com", "b":\t1.50, "c": "\\u00e9", "d": 1e400 }'
    text = text.replace("1e400", "1e40")

    assert masker().mask_text(text) == text.replace("x@example.com", "***")


KEY = "sk-proj-Abcdefghijklmnopqrstuvwxyz012345"


def everywhere(value: str) -> Source:
    """A span with the value in every place that holds text."""
    nested = {"list": [1, {"deep": [value, None, True]}], "json": json.dumps({"k": [value]})}
    return Source(
        project="p",
        trace_id="t",
        span_id="s",
        name=value,
        status_message=value,
        attributes={"plain": value, "nested": nested, "bytes": value.encode(), "n": 5},
        resource={"host": value, "tags": [value]},
        scope_attributes={"s": value},
        events=[Event(name=value, time_ns=1, attributes={"e": [value]})],
        links=[Link(trace_id="t", span_id="s", attributes={"l": {"x": value}})],
        logs=[
            LogRecord(
                project="p",
                time_ns=1,
                event_name=value,
                body={"content": [value]},
                attributes={"a": value},
                resource={"r": value},
            )
        ],
    )


@pytest.mark.parametrize("secret", SECRETS)
def test_every_place_of_a_span_is_masked(secret: str) -> None:
    source = everywhere(secret)

    masker().mask_source(source)

    assert repr(source) == repr(everywhere("***"))


PLACES = st.recursive(
    st.just(KEY) | st.text(max_size=5) | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
        | inner.map(json.dumps)
    ),
    max_leaves=20,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=5), PLACES))
def test_no_nesting_hides_a_secret(attributes: dict[str, Any]) -> None:
    source = Source(project="p", trace_id="t", span_id="s", attributes=attributes)

    masker({"builtin": "secrets"}).mask_source(source)

    assert KEY not in repr(source)


def test_a_shared_resource_is_not_changed_in_place() -> None:
    resource = {"user": "a@example.com"}
    sources = [
        Source(project="p", trace_id="t", span_id=f"{i}", resource=resource) for i in range(2)
    ]
    mask = masker()

    for source in sources:
        mask.mask_source(source)

    assert resource == {"user": "a@example.com"}
    assert sources[0].resource == {"user": "***"}
    assert sources[0].resource is sources[1].resource


def test_scores_are_masked() -> None:
    score = Score(
        id="1",
        project="p",
        name="n",
        comment="ask a@example.com",
        metadata={"m": ["b@example.com"]},
    )

    masker().mask_score(score)

    assert (score.comment, score.metadata) == ("ask ***", {"m": ["***"]})


def test_attributes_of_metrics_are_masked() -> None:
    point = MetricPoint(
        project="p",
        name="gen_ai.client.token.usage",
        series="s",
        start_ns=0,
        time_ns=1,
        attributes={"user": "ada@example.org", "gen_ai.request.model": "gpt-5"},
    )

    masker({"builtin": "emails"}).mask_metric(point)

    assert point.attributes == {"user": "[emails]", "gen_ai.request.model": "gpt-5"}


def test_a_rule_of_ones_own_is_applied() -> None:
    own = masker({"name": "customer", "pattern": r"\bC-[0-9]{6}\b", "replacement": "C-…"})

    assert own.mask_text('{"text": "see\\nC-123456."}') == '{"text": "see\\nC-…."}'


@pytest.mark.parametrize("pattern", [r"^Jane$", r"\AJane\z", r"(?i)^jane", r"(?P<n>Jane)"])
def test_a_rule_that_asks_for_the_edges_of_a_text_finds_them_anywhere(pattern: str) -> None:
    source = Source(
        project="p",
        trace_id="t",
        span_id="s",
        attributes={"a": "x", "b": "Jane", "c": json.dumps({"name": "Jane"})},
    )
    own = masker(
        {"name": "jane", "pattern": pattern, "replacement": "N"},
        {"name": "other", "pattern": "(?P<n>zzz)"},
    )

    own.mask_source(source)

    assert source.attributes == {"a": "x", "b": "N", "c": '{"name": "N"}'}


def test_a_rule_that_reaches_across_json_leaves_json() -> None:
    own = masker({"name": "password", "pattern": '"password":.*', "replacement": "GONE"})

    masked = own.mask_text('{"user": "jane", "password": "hunter2"}')

    assert "hunter2" not in masked
    assert json.loads(masked)


def test_rules_without_a_replacement_say_what_was_there() -> None:
    own = masker({"name": "mail", "builtin": "emails"})

    assert own.mask_text("to a@example.com") == "to [mail]"


def test_no_rules_make_no_masker() -> None:
    assert Masker.of([]) is None


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"name": "x", "pattern": "ab(cd"}, "rule 'x' is wrong at character 1: missing )"),
        ({"name": "x", "pattern": "ab(?=c)"}, "at character 3: invalid perl operator: (?="),
        ({"name": "x", "pattern": "a[z-b]"}, "at character 3"),
        ({"name": "x", "pattern": "a*"}, "matches the empty string"),
        ({"name": "x", "pattern": ""}, "not a string with characters"),
        ({"name": "x", "pattern": 5}, "not a string with characters"),
        ({"name": "x", "pattern": "a" * 2001}, "longer than 2,000"),
        ({"name": "x"}, "needs either a pattern or a builtin"),
        ({"name": "x", "pattern": "a", "builtin": "emails"}, "either a pattern or a builtin"),
        ({"name": "x", "builtin": "email"}, "no builtin 'email'; there are secrets"),
        ({"name": "x", "pattern": "a", "replacement": 5}, "replacement of rule 'x'"),
        ({"name": "x", "patern": "a"}, "unknown field 'patern'"),
        ({"pattern": "a"}, "rule 1 has no name"),
        ("x", "rule 1 is not an object"),
    ],
)
def test_a_wrong_rule_is_told(rule: Any, words: str) -> None:
    with pytest.raises(MaskingError) as wrong:
        check_rules([rule])

    assert words in str(wrong.value)


@pytest.mark.parametrize(
    "letter", ["a", "1", "@", ".", "-", " ", "a.", "+1", "{", "\\", "eyJ", ":"]
)
def test_a_long_text_is_searched_in_linear_time(letter: str) -> None:
    text = letter * (500_000 // len(letter)) + " a@example.com"
    started = time.process_time()

    masked = masker().mask_text(text)

    assert masked.endswith("***")
    assert time.process_time() - started < 5
