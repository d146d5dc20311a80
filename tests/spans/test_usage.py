"""Token algebra, and which spans of a trace count."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.spans import Usage
from pilothouse.spans.usage import Node, counted, usage_of


def node(
    span: str,
    parent: str = "",
    *,
    usage: bool = True,
    trace: str = "t",
    answer: str = "",
    scope: str = "s",
    start: int = 0,
    end: int | None = 10,
    content: bool = False,
) -> Node:
    return Node(trace, span, parent, usage, answer, scope, start, end, content)


def counting(*nodes: Node) -> set[str]:
    return {span for (_, span), counts in counted(nodes).items() if counts}


def test_totals_are_the_sum_of_both_sides() -> None:
    assert usage_of(input=5, output=3) == Usage(input_tokens=5, output_tokens=3, total_tokens=8)
    assert usage_of(input=5) == Usage(input_tokens=5, total_tokens=5)
    assert usage_of(output=3) == Usage(output_tokens=3)
    assert usage_of(input=5, output=3, total=9) == Usage(
        input_tokens=5, output_tokens=3, total_tokens=9
    )


def test_nothing_known_is_no_usage_and_zero_is_known() -> None:
    assert usage_of() is None
    assert usage_of(cached=4) is None
    assert usage_of(input=0, output=0) == Usage(input_tokens=0, output_tokens=0, total_tokens=0)


def test_exclusive_counts_are_added_to_the_input_and_its_total() -> None:
    repaired = usage_of(input=10, output=12, total=22, cached=40, cache_write=20, exclusive=True)

    assert repaired is not None
    assert (repaired.input_tokens, repaired.total_tokens) == (70, 82)


def test_a_part_larger_than_the_whole_is_beside_it() -> None:
    guarded = usage_of(input=10, output=12, cached=40)
    inclusive = usage_of(input=70, output=12, cached=40, cache_write=20)

    assert guarded is not None
    assert guarded.input_tokens == 50
    assert inclusive is not None
    assert inclusive.input_tokens == 70


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_no_part_is_ever_larger_than_its_whole(
    given_input: int, output: int, cached: int, written: int, exclusive: bool
) -> None:
    usage = usage_of(
        input=given_input, output=output, cached=cached, cache_write=written, exclusive=exclusive
    )

    assert usage is not None
    assert usage.input_tokens is not None
    assert cached + written <= usage.input_tokens
    assert usage.total_tokens == usage.input_tokens + output


def test_the_innermost_span_with_usage_counts() -> None:
    found = counting(node("agent"), node("step", "agent", usage=False), node("call", "step"))

    assert found == {"call"}


def test_siblings_and_orphans_all_count() -> None:
    assert counting(node("a", "gone"), node("b", "gone"), node("c")) == {"a", "b", "c"}


def test_a_ring_of_parents_counts_once() -> None:
    ring = [node("a", "c", start=1), node("b", "a", start=2), node("c", "b", start=3)]

    assert counting(*ring) == {"c"}
    assert counting(node("a", "a")) == {"a"}


def test_spans_that_lead_into_a_ring_count() -> None:
    found = counting(node("leaf", "a", start=9), node("a", "b", start=1), node("b", "a", start=2))

    assert found == {"leaf", "b"}


def test_a_chain_of_twenty_thousand_spans_is_walked_once() -> None:
    chain = [node(str(i), str(i - 1), start=i) for i in range(20_000)]
    start = time.process_time()

    assert counting(*chain) == {"19999"}
    assert counting(*reversed(chain)) == {"19999"}
    assert time.process_time() - start < 2


def test_one_call_in_two_trees_counts_where_its_content_is() -> None:
    native = node("n", trace="t1", answer="msg_1", scope="sdk", start=2, end=8)
    wrapped = node("w", trace="t2", answer="msg_1", scope="tl", start=1, end=9, content=True)

    assert counting(native, wrapped) == {"w"}
    assert counting(wrapped, native) == {"w"}


def test_one_scope_never_repeats_itself_and_later_calls_are_others() -> None:
    again = [node("a", answer="r", start=0, end=5), node("b", answer="r", start=1, end=5)]
    later = [node("a", answer="r", scope="x", end=5), node("b", answer="r", start=6, end=9)]

    assert counting(*again) == {"a", "b"}
    assert counting(*later) == {"a", "b"}


def test_an_unfinished_span_overlaps_with_what_follows() -> None:
    found = counting(
        node("a", answer="r", scope="x", end=None, content=True), node("b", answer="r", start=99)
    )

    assert found == {"a"}


def test_spans_without_usage_never_count() -> None:
    assert counting(node("a", usage=False), node("b", "a", usage=False)) == set()


@given(
    st.lists(
        st.builds(
            node,
            st.sampled_from("abcdef"),
            st.sampled_from(["", *"abcdefg"]),
            usage=st.booleans(),
            trace=st.sampled_from("tu"),
            answer=st.sampled_from(["", "r", "q"]),
            scope=st.sampled_from("sx"),
            start=st.integers(0, 20),
            end=st.none() | st.integers(20, 40),
            content=st.booleans(),
        ),
        max_size=12,
        unique_by=lambda n: (n.trace_id, n.span_id),
    )
)
def test_order_changes_nothing_and_something_counts_where_there_is_usage(nodes: list[Node]) -> None:
    verdicts = counted(nodes)

    assert verdicts == counted(nodes[::-1])
    for trace in {n.trace_id for n in nodes if n.has_usage and not n.response_id}:
        own = [n for n in nodes if n.trace_id == trace]
        if not any(n.response_id for n in own):
            assert any(verdicts[(trace, n.span_id)] for n in own)
