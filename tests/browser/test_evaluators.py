"""Evaluators and rules: tried before they are kept, run over the past, and read afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from evaluation_server import POLITE, World, evaluation_world, until
from servers import ServerProcess

PROJECT = "judged"
TEXTS = ("Gladly: the label is in the box.", "How rude of you to ask.", "With pleasure.")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server of this module's own, whose model finds rude what says so."""
    with evaluation_world(tmp_path_factory.mktemp("evaluators") / "data") as started:
        started.send(PROJECT, *TEXTS)
        yield started


@pytest.fixture(scope="module")
def server(world: World) -> ServerProcess:
    return world.server


def rule(world: World, name: str, **fields: object) -> tuple[str, str]:
    """The ids of an evaluator and of a rule that runs it on what arrives."""
    evaluator = world.evaluator(PROJECT, POLITE, name)
    body = {"project": PROJECT, "name": f"{name} always", "evaluator_id": evaluator} | fields
    return evaluator, str(world.made("/rules", body)["id"])


def test_a_judge_is_tried_on_recorded_traces_then_kept_then_changed(page: Page) -> None:
    page.goto(f"/p/{PROJECT}/evaluators")
    page.get_by_role("button", name="New evaluator").first.click()
    page.get_by_role("textbox", name="Name").fill("kind")
    expect(page.get_by_text("Choose the model that judges.").first).to_be_visible()
    page.get_by_role("combobox", name="Model that judges").fill("fake/judge-1")
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.fill("Is this kind: ")
    page.get_by_role("button", name="{outputs}").click()
    expect(prompt).to_have_value("Is this kind: {outputs}")

    page.get_by_role("button", name="Test", exact=True).click()
    tried = page.get_by_role("region", name="Test on recorded spans")
    expect(tried.get_by_role("status")).to_contain_text("3 verdicts, $0.0004 in all")
    tried.get_by_role("listitem").filter(has_text="false").get_by_role("button").first.click()
    expect(tried.get_by_role("region", name="Prompt")).to_contain_text("How rude of you to ask.")
    expect(tried.get_by_role("region", name="Raw answer")).to_contain_text('"label": "false"')

    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("It runs nowhere by itself yet")).to_be_visible()
    page.get_by_role("tab", name="Change and test").click()
    prompt.fill("Is this very kind: {outputs}")
    page.get_by_role("button", name="Save as version 2").click()
    changed = page.get_by_role("region", name="Version 2")
    expect(changed.get_by_role("heading", level=2)).to_have_text("Version 2 against 1")
    expect(changed.get_by_role("insertion")).to_contain_text("very")


def test_built_in_and_own_code_are_tried_with_their_options(page: Page) -> None:
    page.goto(f"/p/{PROJECT}/evaluators/new")
    page.get_by_role("radio", name="Built-in").check(force=True)
    page.get_by_role("searchbox").fill("regex")
    page.get_by_role("list", name="Catalogue").get_by_role("button", name="Regex match").click()
    page.get_by_role("textbox", name="pattern (needed)").fill("rude")
    page.get_by_role("combobox", name="mode").select_option("search")
    page.get_by_role("button", name="Test", exact=True).click()
    tried = page.get_by_role("region", name="Test on recorded spans")
    expect(tried.get_by_text("1.00", exact=True)).to_have_count(1)

    page.get_by_role("radio", name="Code").check(force=True)
    page.get_by_role("textbox", name="Python").fill(
        "def evaluate(inputs, outputs):\n    return len(outputs) / 0"
    )
    page.get_by_role("button", name="Test", exact=True).click()

    expect(tried.get_by_role("status")).to_contain_text("3 failed")
    expect(tried.get_by_text("ZeroDivisionError").first).to_be_visible()


def test_a_rule_is_made_run_over_the_past_and_turned_off(page: Page, world: World) -> None:
    evaluator = world.evaluator(PROJECT, POLITE, "polite")
    page.goto(f"/p/{PROJECT}/evaluators/{evaluator}?view=rules")
    page.get_by_role("link", name="New rule").click()
    page.get_by_role("textbox", name="Sample, in per cent").fill("100")
    expect(page.get_by_text("3 traces of the last 7 days match")).to_be_visible()
    page.get_by_role("button", name="Create and run").click()
    expect(page.get_by_text("Nothing has come by yet")).to_be_visible()

    page.get_by_role("tab", name="Back-fill").click()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_contain_text("3 traces match; the sample takes 3")
    page.get_by_role("button", name="Score 3 traces").click()
    expect(page.get_by_role("button", name="Close")).to_be_visible()

    page.get_by_role("tab", name="What it did").click()
    page.get_by_role("button", name="Scored 3").click()
    expect(page.get_by_role("row")).to_have_count(4)
    trace = world.scores(PROJECT)[0]["trace_id"]
    page.get_by_role("textbox", name="Trace").fill(f"http://here/p/{PROJECT}/trace/{trace}")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("status")).to_contain_text("scored")
    page.get_by_role("switch", name="Run polite").click()
    expect(page.get_by_role("switch", name="Run polite")).not_to_be_checked()
    until(lambda: not world.get(f"/rules?project={PROJECT}")["items"][0]["enabled"], "off")

    page.goto(f"/p/{PROJECT}/evaluators/{evaluator}")
    page.get_by_role("listitem").filter(has_text="false").get_by_role("button").first.click()
    expect(page.get_by_role("region", name="Prompt")).to_contain_text("How rude of you to ask.")


def test_the_prompt_behind_a_score_is_read_on_its_trace(page: Page, world: World) -> None:
    rule(world, "civil")
    [sent] = world.send(PROJECT, "Of course.")
    until(lambda: world.scores(PROJECT, "civil"), "a score")
    page.goto(f"/p/{PROJECT}/trace/{sent['traceId']}")

    page.get_by_role("button", name="civil 1.00").click()
    page.get_by_role("button", name="Prompt and raw answer").first.click()

    expect(page.get_by_role("region", name="Prompt")).to_contain_text("Of course.")
    expect(page.get_by_role("region", name="Raw answer")).to_contain_text('"label": "true"')


def test_selected_traces_are_evaluated_without_keeping_anything(page: Page, world: World) -> None:
    world.evaluator(PROJECT, POLITE, "glance")
    page.goto(f"/p/{PROJECT}/traces?range=30d")
    boxes = page.get_by_role("row").filter(has_text=TEXTS[1]).get_by_role("checkbox")
    boxes.first.check()
    page.get_by_role("button", name="Evaluate…").click()
    dialog = page.get_by_role("dialog", name="Evaluate 1 row")
    dialog.get_by_role("combobox", name="Evaluator").select_option(label="glance")
    dialog.get_by_role("button", name="Evaluate", exact=True).click()

    expect(dialog.get_by_role("listitem")).to_contain_text("false")
    assert world.scores(PROJECT, "glance") == []


def test_deletion_names_the_rules_that_stop(page: Page, world: World) -> None:
    evaluator, _ = rule(world, "doomed")
    page.goto(f"/p/{PROJECT}/evaluators/{evaluator}")

    page.get_by_role("button", name="Delete the evaluator").click()
    dialog = page.get_by_role("dialog", name="Delete doomed?")
    expect(dialog.get_by_role("listitem")).to_have_text("doomed always")
    dialog.get_by_role("button", name="Delete the evaluator").click()

    expect(page).to_have_url(re.compile(f"/p/{PROJECT}/evaluators$"))
    expect(page.get_by_role("link", name="doomed")).to_have_count(0)
    assert "doomed always" not in [one["name"] for one in world.get("/rules")["items"]]


def test_a_provider_is_added_asked_and_its_key_never_shown(page: Page, world: World) -> None:
    page.goto("/settings/models")
    page.get_by_role("button", name="New provider").click()
    form = page.get_by_role("dialog", name="New provider")
    form.get_by_role("textbox", name="Name").fill("second")
    form.get_by_role("textbox", name="Address").fill(world.model.base_url)
    form.get_by_label("Key", exact=True).fill("sk-0123456789abcdefwxyz")
    form.get_by_role("textbox", name="Models to choose from").fill("judge-1")
    form.get_by_role("button", name="Add").click()

    row = page.get_by_role("row").filter(has_text="second")
    expect(row).to_contain_text("…wxyz")
    row.get_by_role("button", name="Test").click()
    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_text("It answered in")).to_be_visible()
    expect(page.get_by_text("0123456789")).to_have_count(0)


def test_axe_finds_nothing_wrong_and_a_phone_scrolls_no_page_sideways(
    page: Page, phone: Page, world: World, violations: Callable[[Page], list[str]]
) -> None:
    evaluator, made = rule(world, "looked-at", filter='status = "ok"')
    for path, seen in (
        ("evaluators", "looked-at"),
        ("evaluators?view=rules", "looked-at always"),
        ("evaluators/new", "New evaluator"),
        (f"evaluators/{evaluator}?view=edit", "looked-at"),
        (f"rules/{made}", "looked-at always"),
        (f"rules/{made}?view=edit", "looked-at always"),
    ):
        for one in (page, phone):
            one.goto(f"/p/{PROJECT}/{path}")
            expect(one.get_by_text(seen, exact=True).first).to_be_visible()
            one.wait_for_load_state("networkidle")
        assert violations(page) == []
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_rule_takes_errors_whole_and_keeps_all_its_limits_when_changed(
    page: Page, world: World
) -> None:
    evaluator = world.evaluator(PROJECT, POLITE, "strata")
    page.goto(f"/p/{PROJECT}/rules/new?evaluator={evaluator}")
    page.get_by_text("More about the sample").click()
    page.get_by_role("button", name="All errors").click()
    page.get_by_role("textbox", name="Drawn of each hour, at most").fill("50")
    page.get_by_text("More limits").click()
    page.get_by_role("textbox", name="Tokens a day, at most").fill("90000")
    page.get_by_role("button", name="Create and run").click()
    expect(page.get_by_text('all where status = "error", of the rest at most 50')).to_be_visible()

    page.get_by_role("tab", name="Change").click()
    page.get_by_role("textbox", name="Share of the part, in per cent").fill("40")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text('40 % where status = "error"')).to_be_visible()

    [kept] = world.get(f"/rules?project={PROJECT}&evaluator_id={evaluator}")["items"]
    assert kept["sampling"]["strata"] == [{"filter": 'status = "error"', "rate": 0.4}]
    assert (kept["budget"]["usd_per_day"], kept["budget"]["tokens_per_day"]) == (5, 90_000)


def test_a_guard_is_made_and_says_how_it_is_asked_and_what_it_answered(
    page: Page, world: World
) -> None:
    evaluator = world.evaluator(PROJECT, {"metric": "json_validity"}, "valid")
    page.goto(f"/p/{PROJECT}/rules/new?evaluator={evaluator}")
    page.get_by_role("combobox", name="When").select_option("guard")
    expect(page.get_by_role("textbox", name="Sample, in per cent")).to_have_count(0)
    page.get_by_role("textbox", name="The application waits, in ms").fill("20000")
    page.get_by_role("combobox", name="Without a verdict in time").select_option("closed")
    page.get_by_role("button", name="Create and run").click()
    expect(page.get_by_role("region", name="How to ask it")).to_contain_text("/api/v1/rules/check")

    [made] = world.get(f"/rules?project={PROJECT}&evaluator_id={evaluator}")["items"]
    asked = {"project": PROJECT, "rules": [made["id"]]}
    assert world.made("/rules/check", {**asked, "outputs": "{"})["decision"] == "block"
    until(lambda: world.get(f"/rules/{made['id']}")["stats"]["scored"], "written down")
    page.reload()

    expect(page.get_by_text("without a verdict it is blocked")).to_be_visible()
    expect(page.locator("dl")).to_contain_text("blocked1")
    expect(page.get_by_role("tab", name="Back-fill")).to_have_count(0)
