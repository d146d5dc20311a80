"""The page of one trace: its layers, its keys, the span beside it, large and broken traces."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_trace import PROJECT, QUESTION, Ticket, ticket, wide
from servers import ServerProcess


@pytest.fixture(scope="module")
def trace_id(server: ServerProcess) -> str:
    sent = ticket(1).send(server)
    ticket(2).send(server)
    score = {"project": PROJECT, "trace_id": sent, "name": "helpful", "value": 1}
    given = score | {"source": "end_user", "comment": "quick, thank you"}
    status, answer = server.call("POST", "/api/v1/scores", given)
    assert status in (200, 201), answer
    return sent


def address(trace_id: str, **search: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in search.items())
    return f"/p/{PROJECT}/trace/{trace_id}?{query}"


def opened(page: Page, trace_id: str, **search: str) -> None:
    page.goto(address(trace_id, **search))
    expect(page.get_by_role("heading", level=2, name="answer_ticket")).to_be_visible()


def conversation(page: Page) -> Locator:
    return page.get_by_role("group", name="Conversation")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Span")


def span_id(name: str) -> str:
    return Ticket(1).span_id(name)


def test_a_trace_opens_on_what_was_said_and_shows_every_message_once(
    page: Page, trace_id: str
) -> None:
    opened(page, trace_id)

    said = conversation(page)
    expect(said.get_by_text(QUESTION)).to_have_count(1)
    expect(said.get_by_role("button", name="Assistant", exact=True)).to_have_count(3)
    expect(said.get_by_text("60 days", exact=True)).to_be_visible()
    expect(said.get_by_text("attempt 1 failed")).to_be_visible()
    expect(said.get_by_text("attempt 2, result")).to_be_visible()
    expect(said.get_by_text("pii_check passed")).to_be_visible()
    expect(said.get_by_text("“quick, thank you”")).to_be_visible()


def test_a_thought_is_folded_until_it_is_opened(page: Page, trace_id: str) -> None:
    opened(page, trace_id)
    thought = conversation(page).get_by_role("button", name=re.compile("^Thought"))
    expect(thought).to_have_attribute("aria-expanded", "false")

    thought.click()

    expect(thought).to_have_attribute("aria-expanded", "true")
    expect(conversation(page).get_by_text("so the damage policy applies.")).to_be_visible()


def test_documents_are_cards_and_their_marks_lead_to_them(page: Page, trace_id: str) -> None:
    opened(page, trace_id)

    expect(conversation(page).get_by_text("cited", exact=True)).to_have_count(2)
    mark = conversation(page).get_by_role("button", name="Source 1: Damaged in transit")
    mark.click()

    expect(panel(page).get_by_role("heading", level=2)).to_have_text("search_policies")
    expect(panel(page).get_by_text("Returns of opened items")).to_be_visible()


def test_keys_switch_the_layers_and_the_address_keeps_them(page: Page, trace_id: str) -> None:
    opened(page, trace_id)

    for key, layer in (("t", "Tree"), ("w", "Waterfall"), ("g", "Graph"), ("c", "Conversation")):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=layer)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile("layer=waterfall"))
    page.reload()
    expect(page.get_by_role("tree", name="Spans on a time axis")).to_be_visible()


def test_the_error_is_one_key_away_and_says_that_a_retry_mended_it(
    page: Page, trace_id: str
) -> None:
    opened(page, trace_id, layer="waterfall")
    button = page.get_by_role("button", name=re.compile("TimeoutError in create_replacement"))
    expect(button).to_contain_text("recovered by retry")

    page.keyboard.press("e")

    expect(page).to_have_url(re.compile(f"span={span_id('post1')}"))
    expect(panel(page).get_by_role("tab", name=re.compile("Exception"))).to_have_attribute(
        "aria-selected", "true"
    )
    stack = panel(page).get_by_role("group", name="Stack trace")
    expect(stack).to_contain_text("… 1 frame in httpx")
    expect(panel(page).get_by_text("ok after 636 ms")).to_be_visible()
    panel(page).get_by_role("button", name="own code only").click()
    expect(stack).to_contain_text("httpx/_client.py:1")


def test_the_waterfall_tells_waits_and_where_the_time_went(page: Page, trace_id: str) -> None:
    opened(page, trace_id, layer="waterfall")

    expect(page.get_by_text("back-off, nothing ran for 1.01 s")).to_be_visible()
    went = page.get_by_role("region", name=re.compile("Where the 16.4 s went"))
    expect(went).to_contain_text("Models, 3 calls")
    expect(went).to_contain_text("create_replacement, timed out")
    first = page.get_by_role("tree").get_by_text("126 ms")
    expect(first).to_be_visible()
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(
        page.get_by_role("img", name=re.compile("Overview of 16.4 s; shown: (?!0 ms)"))
    ).to_be_visible()
    page.keyboard.press("0")
    expect(page.get_by_role("img", name=re.compile("shown: 0 ms to 16.4 s"))).to_be_visible()


def test_keys_walk_the_tree_fold_and_unfold(page: Page, trace_id: str) -> None:
    opened(page, trace_id, layer="tree", span=span_id("try1"))
    tree = page.get_by_role("tree")
    item = tree.get_by_role("treeitem", selected=True)
    expect(item).to_contain_text("create_replacement")

    page.keyboard.press("ArrowLeft")
    expect(item).to_have_attribute("aria-expanded", "false")
    expect(tree.get_by_role("treeitem")).to_have_count(9)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(item).to_contain_text("POST /replacements")
    page.keyboard.press("ArrowLeft")
    expect(item).to_contain_text("attempt 1")
    page.keyboard.press("Home")
    expect(item).to_contain_text("answer_ticket")
    page.keyboard.press("j")
    expect(item).to_contain_text("pii_check")
    expect(tree).to_have_attribute("aria-activedescendant", f"row-{span_id('pii')}")


def test_a_link_to_a_span_opens_that_span_with_its_messages(page: Page, trace_id: str) -> None:
    opened(page, trace_id, span=span_id("m3"))

    expect(panel(page).get_by_text("7 messages, 3,412 tokens")).to_be_visible()
    row = panel(page).get_by_role("button", name=re.compile("^assistant 1 tool call"))
    row.click()
    expect(panel(page).get_by_text("create_replacement").first).to_be_visible()
    usage = panel(page).get_by_role("table")
    expect(usage.get_by_role("row", name=re.compile("^Sum"))).to_contain_text("3,680")
    expect(usage).to_contain_text("$3.00 / M")
    panel(page).get_by_role("button", name="JSON").click()
    expect(panel(page).get_by_text('"You are the support agent of Fjordline."')).to_be_visible()


def test_attributes_are_searched_by_name_and_value(page: Page, trace_id: str) -> None:
    opened(page, trace_id, span=span_id("m3"), tab="attributes")
    field = panel(page).get_by_role("textbox", name="Search attributes")

    field.fill("claude-sonnet")

    expect(panel(page).get_by_text("llm.model_name")).to_be_visible()
    expect(panel(page).get_by_text("llm.token_count.total")).to_have_count(0)
    field.fill("no such thing")
    expect(panel(page).get_by_text("No attribute holds")).to_be_visible()


def test_a_score_is_given_by_keys_changed_and_taken_back(page: Page, trace_id: str) -> None:
    opened(page, trace_id, span=span_id("m2"))
    page.keyboard.press("f")
    expect(panel(page).get_by_role("combobox", name="Name of the score")).to_be_focused()
    page.keyboard.type("correctness")
    page.keyboard.press("Tab")
    page.keyboard.type("0.4")
    page.keyboard.press("Enter")

    expect(panel(page).get_by_text("0.40")).to_be_visible()
    expect(panel(page).get_by_role("tab", name="Scores 1")).to_be_visible()

    panel(page).get_by_role("button", name="Change correctness").click()
    panel(page).get_by_role("textbox", name="Value of the score").first.fill("0.9")
    panel(page).get_by_role("button", name="Save").click()
    expect(panel(page).get_by_text("0.90")).to_be_visible()
    expect(panel(page).get_by_text("0.40")).to_have_count(0)

    panel(page).get_by_role("button", name="Delete correctness").click()
    expect(panel(page).get_by_text("No score yet.")).to_be_visible()


def test_the_search_within_a_trace_goes_from_hit_to_hit(page: Page, trace_id: str) -> None:
    opened(page, trace_id, layer="tree")

    page.keyboard.press("/")
    page.keyboard.type("replacements")

    expect(page.get_by_text(re.compile(r"of 2$"))).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    chosen = page.get_by_role("treeitem", selected=True)
    expect(chosen.locator("mark").first).to_be_visible()
    expect(page).to_have_url(re.compile("find=replacements"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Find in trace")).to_have_count(0)


def test_brackets_go_to_the_neighbouring_traces(page: Page, trace_id: str) -> None:
    opened(page, trace_id)
    newer = Ticket(2).trace_id
    expect(page.get_by_role("button", name="Trace before")).to_be_enabled()

    page.keyboard.press("[")

    expect(page).to_have_url(re.compile(newer))
    expect(page.get_by_role("button", name="Next trace")).to_be_enabled()
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(trace_id))


def test_a_trace_is_kept_as_markdown_json_and_otlp(page: Page, trace_id: str) -> None:
    opened(page, trace_id)

    for item, ending, piece in (
        ("Download Markdown", ".md", "## User · u-2841"),
        ("Download JSON", ".json", '"messages_in"'),
        ("Download OTLP", ".json", "resourceSpans"),
    ):
        page.get_by_role("button", name="More").click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=item).click()
        assert waiting.value.suggested_filename.endswith((ending, "l"))
        assert piece in waiting.value.path().read_text("utf-8")


def test_the_raw_layer_and_the_graph_show_the_whole_trace(page: Page, trace_id: str) -> None:
    opened(page, trace_id, layer="raw")
    expect(
        page.get_by_role("group", name="JSON").get_by_text(f'"{trace_id}"').first
    ).to_be_visible()

    page.keyboard.press("g")

    graph = page.get_by_role("group", name="Graph of steps")
    expect(graph.get_by_role("button", name=re.compile("claude-sonnet-4-5"))).to_contain_text("3")
    graph.get_by_role("button", name=re.compile("get_order")).click()
    expect(panel(page).get_by_role("heading", level=2)).to_have_text("get_order")


def test_the_panel_closes_and_its_width_is_kept(page: Page, trace_id: str) -> None:
    opened(page, trace_id)
    edge = page.get_by_role("separator", name="Width of the panel")
    edge.focus()

    page.keyboard.press("ArrowLeft")

    expect(edge).to_have_attribute("aria-valuenow", "464")
    page.reload()
    expect(edge).to_have_attribute("aria-valuenow", "464")
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)


def test_a_trace_of_20_000_spans_opens_at_once_and_draws_few_rows(
    page: Page, server: ServerProcess
) -> None:
    large = wide(20_001).send(server)
    page.goto(f"/p/{PROJECT}/trace/{large}?layer=tree&span=-")
    expect(page.get_by_text("20,001 of 20,001 spans")).to_be_visible()

    page.keyboard.press("End")
    last = page.get_by_role("treeitem", selected=True)
    expect(last).to_contain_text("lookup")

    assert page.get_by_role("treeitem").count() < 80
    page.keyboard.press("c")
    expect(
        page.get_by_role("group", name="Conversation").get_by_role("listitem").first
    ).to_be_visible()
    assert page.get_by_role("listitem").count() < 120


def test_spans_without_parents_and_in_cycles_are_shown_and_say_so(
    page: Page, server: ServerProcess
) -> None:
    broken = Ticket(50)
    broken.span("root", None, "top", "AGENT", (0, 9))
    broken.span("lost", "nowhere", "lost child", "TOOL", (1, 2))
    broken.span("x", "y", "one of a ring", "CHAIN", (3, 4))
    broken.span("y", "x", "other of a ring", "CHAIN", (3.5, 4))
    sent = broken.send(server)

    page.goto(f"/p/{PROJECT}/trace/{sent}?layer=tree")

    expect(page.get_by_role("treeitem")).to_have_count(4)
    expect(page.get_by_role("treeitem").filter(has_text="lost child")).to_contain_text(
        "missing parent"
    )
    expect(page.get_by_role("treeitem").filter(has_text="one of a ring")).to_contain_text("cycle")


def test_text_of_messages_is_markdown_without_html_and_asks_no_other_host(
    page: Page, server: ServerProcess
) -> None:
    html = "<img src=x onerror=alert(1)>"
    evil = f"# Title\n\n{html} ![pixel](https://evil.example/p.png)\n\n- one\n- two"
    arabic = "مرحبا، أين طلبي؟"
    odd = Ticket(51)
    odd.span("r", None, "odd", "AGENT", (0, 2), input__value=arabic)
    odd.span(
        "m",
        "r",
        "chat",
        "LLM",
        (0.1, 1),
        llm__input_messages__0__message__role="user",
        llm__input_messages__0__message__content=arabic,
        llm__output_messages__0__message__role="assistant",
        llm__output_messages__0__message__content=evil,
    )
    sent = odd.send(server)

    page.goto(f"/p/{PROJECT}/trace/{sent}?span=-")

    said = conversation(page)
    expect(said.get_by_role("list").get_by_text("two")).to_be_visible()
    expect(said.get_by_text(html)).to_be_visible()
    expect(said.locator("img[src]")).to_have_count(0)
    direction = said.get_by_text(arabic).evaluate("element => getComputedStyle(element).direction")
    assert direction == "rtl"


def test_a_large_trace_reads_its_text_at_once_and_asks_for_what_is_in_view_together(
    page: Page, server: ServerProcess, watch: Any
) -> None:
    watch.forgiven.append("ERR_FAILED")
    large = Ticket(52)
    large.span("root", None, "many_calls", "AGENT", (0, 400), input__value="Check them all.")
    for at in range(300):
        large.span(
            f"m{at}",
            "root",
            "chat gpt-4o",
            "LLM",
            (at, at + 0.5),
            llm__model_name="gpt-4o",
            llm__output_messages__0__message__role="assistant",
            llm__output_messages__0__message__content=f"Number {at} is fine.",
        )
    sent = large.send(server)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    payloads = re.compile(rf"/traces/{sent}/spans")
    page.route(payloads, lambda route: route.abort())

    page.goto(f"/p/{PROJECT}/trace/{sent}?span=-")
    expect(conversation(page).get_by_text("Number 3 is fine.")).to_be_visible()

    page.unroute(payloads)
    asked.clear()
    page.reload()
    expect(conversation(page).get_by_text("Number 3 is fine.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    wanted = [url for url in asked if payloads.search(url)]
    assert 0 < len(wanted) < 5, "not one request a span"


def test_pictures_and_the_rest_of_a_message_of_megabytes_can_be_seen(
    page: Page, server: ServerProcess
) -> None:
    pixel = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5"
        "ErkJggg=="
    )
    parts = "llm.input_messages.0.message.contents"
    seen = Ticket(53)
    seen.span(
        "m",
        None,
        "chat",
        "LLM",
        (0, 1),
        **{
            "llm.input_messages.0.message.role": "user",
            f"{parts}.0.message_content.type": "image",
            f"{parts}.0.message_content.image.image.url": f"data:image/png;base64,{pixel}",
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.content": "beginning " + "word " * 300_000 + "the end",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "Seen.",
        },
    )
    sent = seen.send(server)

    page.goto(f"/p/{PROJECT}/trace/{sent}?span=-")

    picture = conversation(page).get_by_role("img", name="sent along")
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1
    conversation(page).get_by_role("button", name="show all 1.5 MB").click()
    more = conversation(page).get_by_role("button", name=re.compile("^show .* more characters"))
    expect(more).to_be_visible()


def test_a_trace_that_is_not_there_says_what_may_be_the_matter(page: Page, watch: Any) -> None:
    watch.forgiven.append("404 (Not Found)")

    page.goto(f"/p/{PROJECT}/trace/{'f' * 32}")

    expect(page.get_by_text("There is no such trace in this project")).to_be_visible()
    expect(page.get_by_role("button", name="Look again")).to_be_visible()


def test_a_server_that_fails_is_quoted_and_can_be_asked_again(
    page: Page, trace_id: str, watch: Any
) -> None:
    watch.forgiven.append("500 (Internal Server Error)")
    body = '{"error": {"code": "store_gone", "message": "The store does not answer."}}'
    page.route("**/api/v1/traces/*/outline?*", lambda route: route.fulfill(status=500, body=body))
    page.goto(address(trace_id))
    expect(page.get_by_role("alert")).to_contain_text("The store does not answer.")

    page.unroute("**/api/v1/traces/*/outline?*")
    page.get_by_role("button", name="Try again").click()

    expect(conversation(page)).to_be_visible()


def test_a_trace_is_asked_for_once_and_before_the_code_of_its_page(
    page: Page, trace_id: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("?")[0]))

    page.goto(address(trace_id))
    expect(conversation(page).get_by_text(QUESTION)).to_be_visible()

    outlines = [at for at, url in enumerate(asked) if url.endswith("/outline")]
    assert len(outlines) == 1
    assert outlines[0] < next(at for at, url in enumerate(asked) if "/assets/trace-" in url)
    code = [url.split("/assets/")[1] for url in asked if "/assets/" in url]
    assert len(code) == len(set(code)), "what the index asks for early is used"
    started = next(at for at, url in enumerate(asked) if url.endswith("/api/v1/projects"))
    assert any("/assets/TraceBody-" in url for url in asked[:started]), "not once the app runs"


def test_on_a_phone_the_span_becomes_a_page(phone: Page, trace_id: str) -> None:
    phone.goto(address(trace_id))
    expect(conversation(phone).get_by_text(QUESTION)).to_be_visible()
    expect(panel(phone)).to_be_hidden()

    phone.get_by_role("button", name=re.compile("TimeoutError in create_replacement")).click()

    expect(panel(phone)).to_be_visible()
    expect(panel(phone).get_by_role("heading", name="TimeoutError")).to_be_visible()
    panel(phone).get_by_role("button", name="Close").click()
    expect(panel(phone)).to_be_hidden()
    for layer in ("Conversation", "Tree", "Waterfall", "Graph"):
        phone.get_by_role("tab", name=layer).click()
        across = phone.evaluate("document.documentElement.scrollWidth")
        assert across <= 390, f"{layer} scrolls sideways: {across} px"


@pytest.mark.parametrize("layer", ["conversation", "tree", "waterfall", "graph", "raw"])
def test_axe_finds_nothing_wrong_with_any_layer(
    page: Page,
    violations: Callable[[Page], list[str]],
    trace_id: str,
    layer: str,
) -> None:
    opened(page, trace_id, layer=layer, span=span_id("post1"))
    expect(panel(page).get_by_role("heading", name="TimeoutError")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("tab", ["io", "attributes", "events", "scores"])
def test_axe_finds_nothing_wrong_with_any_tab_of_a_span(
    page: Page, violations: Callable[[Page], list[str]], trace_id: str, tab: str
) -> None:
    opened(page, trace_id, span=span_id("m3"), tab=tab)
    expect(panel(page).get_by_role("tab", selected=True)).to_be_visible()
    expect(panel(page).get_by_text("Loading")).to_have_count(0)

    assert violations(page) == []
