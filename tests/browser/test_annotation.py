"""Annotation queues: made in the browser, filled from the table, reviewed by keys, compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_trace import Ticket
from servers import ServerProcess

PROJECT = "annotated"
RUBRIC = [
    {
        "feedback_key": "tone",
        "description": "Is it polite?",
        "is_required": True,
        "categories": [{"value": 1, "label": "polite"}, {"value": 0, "label": "rude"}],
    },
    {"feedback_key": "helpful", "min": 1, "max": 5},
]


@pytest.fixture(scope="module", autouse=True)
def runs(server: ServerProcess) -> dict[int, str]:
    """The root spans of four traces by number."""
    roots = {}
    for number in (701, 702, 703, 704):
        made = Ticket(number)
        said = {"input__value": f"question {number}", "output__value": f"answer {number}"}
        made.span("root", None, f"answer {number}", "AGENT", (0, 1), **said)
        made.send(server, PROJECT)
        roots[number] = made.span_id("root")
    return roots


def call(server: ServerProcess, method: str, path: str, body: Any = None) -> Any:
    status, answer = server.call(method, f"/api/v1/{path}", body)
    assert status < 300, answer
    return answer


def queue(server: ServerProcess, name: str, run_ids: list[str], **fields: Any) -> str:
    body = {"name": name, "rubric": RUBRIC} | fields
    made: str = call(server, "POST", "annotation-queues", body)["id"]
    if run_ids:
        call(server, "POST", f"annotation-queues/{made}/items", {"run_ids": run_ids})
    return made


def questions(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Questions")


def scores(server: ServerProcess, number: int) -> dict[str, Any]:
    trace_id = Ticket(number).trace_id
    found = call(server, "GET", f"scores?project={PROJECT}&trace_id={trace_id}")["items"]
    return {score["name"]: score for score in found}


def test_a_queue_is_made_and_filled_from_the_table(page: Page, server: ServerProcess) -> None:
    page.goto("/annotation")
    page.get_by_role("button", name="New queue").first.click()
    form = page.get_by_role("dialog", name="New annotation queue")
    form.get_by_role("textbox", name="Name", exact=True).fill("from the table")
    form.get_by_role("textbox", name="Score 1").fill("correct")
    form.get_by_role("button", name="Make the queue").click()
    expect(page.get_by_role("heading", name="from the table")).to_be_visible()
    expect(page.get_by_text("Nothing is in this queue yet")).to_be_visible()

    page.goto(f"/p/{PROJECT}/traces?range=30d")
    for number in (701, 702):
        row = page.get_by_role("row").filter(has_text=f"question {number}")
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add to queue").click()
    chooser = page.get_by_role("dialog", name="Add 2 runs to a queue")
    chooser.get_by_role("button", name="Add to from the table").click()
    chooser.get_by_role("link", name="Added: open").click()

    expect(page.get_by_text("0 of 2")).to_be_visible()
    expect(page.get_by_role("group", name="Conversation")).to_contain_text(
        re.compile("answer 70[12]")
    )


def test_digits_answer_enter_goes_on_and_s_skips(
    page: Page, server: ServerProcess, runs: dict[int, str]
) -> None:
    made = queue(server, "by keys", [runs[701], runs[702]], instructions="Read the answer only.")
    page.goto(f"/annotation/{made}")
    expect(questions(page).get_by_text("Read the answer only.")).to_be_visible()
    expect(page.get_by_role("group", name="Conversation")).to_contain_text("answer 701")

    page.keyboard.press("Enter")
    expect(questions(page).get_by_role("alert")).to_have_text("Not answered yet: tone")
    page.keyboard.press("2")
    expect(questions(page).get_by_role("radio", name=re.compile("rude"))).to_be_checked()
    page.keyboard.press("4")
    expect(questions(page).get_by_role("radio", name=re.compile("4"))).to_be_checked()
    page.keyboard.press("m")
    page.keyboard.type("misses the link")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    expect(page.get_by_role("group", name="Conversation")).to_contain_text("answer 702")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    kept = scores(server, 701)
    assert (kept["tone"]["value"], kept["tone"]["label"]) == (0, "rude")
    assert (kept["helpful"]["value"], kept["helpful"]["comment"]) == (4, "misses the link")

    page.keyboard.press("s")
    expect(page.get_by_text("Nothing is left for you to review")).to_be_visible()
    expect(page.get_by_text(re.compile("1 item of 2 wait"))).to_be_visible()


def test_answers_that_are_not_final_survive_a_reload(
    page: Page, server: ServerProcess, runs: dict[int, str]
) -> None:
    made = queue(server, "kept", [runs[703]])
    page.goto(f"/annotation/{made}")
    expect(page.get_by_role("group", name="Conversation")).to_contain_text("answer 703")
    with page.expect_response(lambda answer: answer.url.endswith("/review")):
        page.keyboard.press("1")

    page.reload()

    expect(questions(page).get_by_role("radio", name=re.compile("polite"))).to_be_checked()
    assert "tone" not in scores(server, 703)


def test_a_pair_is_compared_by_a_letter(
    page: Page, server: ServerProcess, runs: dict[int, str]
) -> None:
    made = queue(server, "old or new", [], kind="pairwise", rubric=[])
    pair = {"first": runs[703], "second": runs[704]}
    call(server, "POST", f"annotation-queues/{made}/items", {"pairs": [pair]})
    [item] = call(server, "GET", f"annotation-queues/{made}/items")["items"]
    newer_is_left = item["run"]["run_id"] == runs[704]
    left, right = (704, 703) if newer_is_left else (703, 704)  # as it was drawn
    page.goto(f"/annotation/{made}")
    expect(page.get_by_role("group", name="Conversation").first).to_contain_text(f"answer {left}")
    expect(page.get_by_role("group", name="Conversation").last).to_contain_text(f"answer {right}")

    page.keyboard.press("a" if newer_is_left else "b")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Nothing is left for you to review")).to_be_visible()
    assert scores(server, 703)["preference"]["value"] == 0
    assert scores(server, 704)["preference"]["value"] == 1


def test_settings_are_changed_and_the_queue_is_deleted(
    page: Page, server: ServerProcess, runs: dict[int, str]
) -> None:
    made = queue(server, "to be changed", [runs[701]])
    page.goto(f"/annotation/{made}?view=settings")
    page.get_by_role("textbox", name="Name", exact=True).fill("changed")
    page.get_by_role("textbox", name="Reviews for each item").fill("3")
    page.get_by_role("button", name="Remove question 2").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="changed", exact=True)).to_be_visible()
    now = call(server, "GET", f"annotation-queues/{made}")
    assert (now["name"], now["reviewers_per_item"]) == ("changed", 3)
    assert [one["feedback_key"] for one in now["rubric"]] == ["tone"]

    page.get_by_role("button", name="Delete the queue").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()

    expect(page).to_have_url(re.compile("/annotation$"))
    expect(page.get_by_role("link", name="changed", exact=True)).to_have_count(0)


def test_items_are_listed_with_what_was_said_and_taken_out(
    page: Page, server: ServerProcess, runs: dict[int, str]
) -> None:
    made = queue(server, "listed", [runs[701], runs[702]])
    items = call(server, "GET", f"annotation-queues/{made}/items")["items"]
    review = f"annotation-queues/{made}/items/{items[0]['id']}/review"
    call(server, "PUT", review, {"answers": {"tone": "polite", "helpful": 5}})
    page.goto(f"/annotation/{made}?view=items")
    first = page.get_by_role("row").filter(has_text="question 701")
    expect(first).to_contain_text("answer 701")
    expect(first).to_contain_text("tone polite, helpful 5")
    expect(first).to_contain_text("done")

    page.get_by_role("combobox", name="State").select_option("needs_my_review")
    expect(first).to_have_count(0)
    expect(page).to_have_url(re.compile("status=needs_my_review"))
    page.get_by_role("button", name=f"Take {runs[702]} out of the queue").click()

    expect(page.get_by_text("No item is in this state")).to_be_visible()
    assert call(server, "GET", f"annotation-queues/{made}")["total"] == 1


def test_axe_finds_nothing_wrong_with_queues(
    page: Page,
    server: ServerProcess,
    runs: dict[int, str],
    violations: Callable[[Page], list[str]],
) -> None:
    made = queue(server, "looked through", [runs[701]])
    page.goto("/annotation")
    expect(page.get_by_role("link", name="looked through")).to_be_visible()
    assert violations(page) == []
    page.goto(f"/annotation/{made}")
    expect(page.get_by_role("group", name="Conversation")).to_contain_text("answer 701")
    assert violations(page) == []
    for view in ("items", "agreement", "settings"):
        page.goto(f"/annotation/{made}?view={view}")
        expect(page.get_by_role("tab", selected=True)).to_have_text(view.capitalize())
        page.wait_for_load_state("networkidle")
        assert violations(page) == []


def test_a_phone_reviews_without_scrolling_sideways(
    phone: Page, server: ServerProcess, runs: dict[int, str]
) -> None:
    made = queue(server, "on the phone", [runs[702]])
    phone.goto(f"/annotation/{made}")
    expect(phone.get_by_role("group", name="Conversation")).to_contain_text("answer 702")

    questions(phone).get_by_role("radio", name="polite").tap()
    questions(phone).get_by_role("button", name=re.compile("Done, next")).tap()

    expect(phone.get_by_text("Nothing is left for you to review")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
