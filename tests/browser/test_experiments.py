"""Experiments in the browser: over time, one alone, several against a baseline."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Watch
from evaluation_world import QUESTIONS, World, world
from fakes.openai_server import openai_server
from servers import ServerProcess


@pytest.fixture(scope="module")
def refunds(server: ServerProcess) -> World:
    return world(server)


def ids(refunds: World, *names: str) -> str:
    return ",".join(refunds.experiments[name]["id"] for name in names)


def examples(page: Page) -> Locator:
    return page.get_by_role("region", name="Examples").locator("tbody tr")


def test_two_experiments_of_a_dataset_are_chosen_and_compared(page: Page, refunds: World) -> None:
    page.goto(f"/experiments?dataset={refunds.dataset}")
    expect(page.get_by_role("region", name="correctness over time")).to_be_visible()
    for name in ("refund-v14", "refund-v13"):
        full = refunds.experiments[name]["name"]
        page.get_by_role("checkbox", name=f"Select {full}").check()
    page.get_by_role("button", name="Compare").click()

    wanted = ids(refunds, "refund-v13", "refund-v14")
    page.wait_for_url(lambda url: wanted in url.replace("%2C", ","))
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("B does not differ clearly from A on correctness.")
    expect(verdict).to_contain_text("n = 6 paired. 6 examples are too few to tell.")
    row = page.get_by_role("group", name="Scores").get_by_role("row").nth(1)
    for text in ("correctness", "73.3", "80.0", "+6.7", "unclear"):
        expect(row).to_contain_text(text)
    drawn = row.get_by_role("img", name="correctness: B +6.7 points against A, interval")
    expect(drawn).to_be_visible()


def test_counts_narrow_the_rows_to_what_changed_that_way(page: Page, refunds: World) -> None:
    page.goto(f"/experiments/{ids(refunds, 'refund-v13', 'refund-v14')}")
    expect(examples(page)).to_have_count(6)
    worse = page.get_by_role("button", name="Worse 1")
    worse.click()
    expect(worse).to_have_attribute("aria-pressed", "true")
    expect(examples(page)).to_have_count(1)
    expect(examples(page).first).to_contain_text(QUESTIONS[0][0])
    page.wait_for_url(lambda url: "change=worse" in url)

    page.reload()
    expect(examples(page)).to_have_count(1)
    page.get_by_role("button", name="Better 3").click()
    expect(examples(page)).to_have_count(3)
    page.get_by_role("button", name="All 6").click()
    expect(examples(page)).to_have_count(6)
    page.get_by_role("button", name="All figures").click()
    page.get_by_role("button", name="Show the 1 that are worse in correctness").click()
    expect(examples(page)).to_have_count(1)


def test_a_row_shows_what_differs_and_why_it_was_judged_so(page: Page, refunds: World) -> None:
    page.goto(f"/experiments/{ids(refunds, 'refund-v13', 'refund-v14')}")
    first = examples(page).first
    expect(first.locator("ins")).to_contain_text("but not this time")
    first.get_by_role("button", name="0.20").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("The reference says otherwise.")
    expect(page.get_by_role("tooltip")).to_contain_text("correctness 0.20")


def test_both_traces_are_a_key_away_alone_and_side_by_side(page: Page, refunds: World) -> None:
    page.goto(f"/experiments/{ids(refunds, 'refund-v13', 'refund-v14')}")
    expect(examples(page)).to_have_count(6)
    page.keyboard.press("j")
    page.keyboard.press("b")
    page.wait_for_url(lambda url: refunds.traces["refund-v14", 0] in url)
    expect(page.get_by_role("heading", name="answer").first).to_be_visible()
    page.go_back()

    expect(examples(page)).to_have_count(6)
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_url(lambda url: "/compare?" in url)
    for name in ("refund-v13", "refund-v14"):
        link = page.locator(f'a[href*="{refunds.traces[name, 0]}"]').first
        expect(link).to_have_attribute("href", re.compile(refunds.experiments[name]["name"]))


def test_several_stand_against_one_and_any_can_be_the_baseline(page: Page, refunds: World) -> None:
    page.goto(f"/experiments/{ids(refunds, 'base', 'refund-v13', 'refund-v14')}")
    expect(page.get_by_role("columnheader", name="Output of C")).to_be_visible()
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("correctness")
    # of the six examples C wins three against B and loses one
    pairs = page.get_by_role("group", name="All pairs").get_by_role("row")
    expect(pairs.nth(3).get_by_role("link").nth(1)).to_contain_text("75 %")
    v14 = refunds.experiments["refund-v14"]["name"]
    page.get_by_role("button", name=f"Make {v14} the baseline").click()
    page.wait_for_url(
        lambda url: ids(refunds, "refund-v14", "base", "refund-v13") in url.replace("%2C", ",")
    )
    page.get_by_role("button", name=f"Leave out {refunds.experiments['base']['name']}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("against refund-v14")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_contain_text("against refund-v13")


def test_one_experiment_shows_references_and_its_failed_runs(page: Page, refunds: World) -> None:
    page.goto(f"/experiments/{ids(refunds, 'refund-v13')}")
    expect(page.get_by_role("columnheader", name="Reference")).to_be_visible()
    expect(examples(page)).to_have_count(6)
    page.get_by_label("Only failed runs").check()
    expect(examples(page)).to_have_count(1)
    expect(examples(page).first).to_contain_text("the model gave no answer")

    base = refunds.experiments["base"]
    page.get_by_label("Compare with").select_option(base["name"])
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"against {base['name']}")


def test_the_disagreements_of_a_judge_with_people_are_read_one_by_one(
    page: Page, refunds: World
) -> None:
    base = refunds.experiments["base"]
    said = [
        {
            "project": base["name"],
            "trace_id": refunds.traces["base", n],
            "name": "ok",
            "value": int(n != 1),
            "source": "human",
            "comment": f"Read number {n}.",
        }
        for n in range(6)
    ]
    refunds.made("/scores", said)
    page.goto(f"/experiments/{base['id']}")
    page.get_by_role("button", name="Judge against people").click()
    heading = page.get_by_role("heading", name="correctness and people agree on 83 % of 6 runs")
    expect(heading).to_be_visible()
    page.get_by_role("button", name="Read the 1 that people call 1 and the judge 0").click()
    case = page.get_by_role("region", name="Disagreements")
    expect(case).to_contain_text("Disagreement 1 of 1")
    for text in (QUESTIONS[2][0], "Read number 2.", "The reference says otherwise."):
        expect(case).to_contain_text(text)
    page.keyboard.press("t")
    page.wait_for_url(lambda url: refunds.traces["base", 2] in url)


def test_a_prompt_is_run_over_a_dataset_and_arrives_at_its_experiment(
    page: Page, refunds: World
) -> None:
    made = refunds.made
    prompt = f"refunds-{uuid4().hex[:6]}"
    made("/prompts", {"name": prompt})
    message = {"role": "user", "content": "{question}"}
    made(f"/prompts/{prompt}/versions", {"prompt": {"messages": [message]}})
    exact = {"name": f"exact-{uuid4().hex[:6]}", "kind": "builtin", "project": "demo"}
    made("/evaluators", {**exact, "definition": {"metric": "exact_match"}})
    with openai_server() as models:
        provider = f"local-{uuid4().hex[:6]}"
        made(f"/providers/{provider}", {"base_url": models.base_url, "models": ["m"]}, "PUT")
        page.goto(f"/datasets/{refunds.dataset}")
        page.get_by_role("button", name="Run an experiment").click()
        expect(page.get_by_text("6 runs")).to_be_visible()
        page.get_by_role("button", name="Run the experiment").click()
        expect(page.get_by_text("Name a model as provider/model.")).to_be_visible()
        page.get_by_label("Prompt", exact=True).select_option(prompt)
        page.get_by_label("Version or label").select_option("version 1")
        page.get_by_label("Model", exact=True).fill(f"{provider}/m")
        page.get_by_role("checkbox", name=exact["name"]).check()
        page.get_by_role("button", name="Run the experiment").click()

        page.wait_for_url(lambda url: "job=" in url)
        expect(page.get_by_role("status").filter(has_text="Finished")).to_be_visible()
    expect(examples(page)).to_have_count(6)
    expect(examples(page).first).to_contain_text("The capital of France is Paris.")
    expect(page.get_by_role("group", name="Scores")).to_contain_text(exact["name"])
    page.get_by_role("link", name="Run again").click()
    expect(page.get_by_label("Model", exact=True)).to_have_value(f"{provider}/m")
    expect(page.get_by_role("checkbox", name=exact["name"])).to_be_checked()


def test_an_experiment_without_runs_says_what_will_come(page: Page, refunds: World) -> None:
    made = World(refunds.server, dataset=refunds.made("/datasets", {"name": f"e{uuid4()}"})["id"])
    experiment = made.experiment("empty")
    page.goto(f"/experiments/{experiment}")
    expect(page.get_by_text("No example was run yet")).to_be_visible()
    expect(page.get_by_text("No scores yet")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete the experiment").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the experiment").click()
    expect(page).to_have_url(f"{refunds.server.url}/experiments")
    expect(page.get_by_role("link", name=made.experiments["empty"]["name"])).to_have_count(0)


def test_an_experiment_that_is_not_there_is_told(page: Page, watch: Watch) -> None:
    watch.forgiven.append("404")
    page.goto(f"/experiments/{uuid4()}")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_axe_finds_nothing_wrong(
    page: Page,
    refunds: World,
    violations: Callable[[Page], list[str]],
) -> None:
    page.goto(f"/experiments?dataset={refunds.dataset}")
    expect(page.get_by_role("region", name="correctness over time")).to_be_visible()
    assert violations(page) == []
    for names in (("refund-v13",), ("refund-v13", "refund-v14"), tuple(refunds.experiments)):
        page.goto(f"/experiments/{ids(refunds, *names)}?figures=1")
        expect(examples(page)).to_have_count(6)
        if len(names) > 1:
            expect(page.get_by_role("region", name="Verdict")).to_be_visible()
        assert violations(page) == [], names
    page.goto(f"/experiments/run?dataset={refunds.dataset}")
    expect(page.get_by_text("6 runs")).to_be_visible()
    assert violations(page) == []


def test_a_phone_shows_rows_as_cells_with_their_names(phone: Page, refunds: World) -> None:
    phone.goto(f"/experiments/{ids(refunds, 'refund-v13', 'refund-v14')}")
    expect(examples(phone)).to_have_count(6)
    score = examples(phone).first.get_by_role("button", name="0.20")
    expect(score).to_be_visible()
    box = score.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    name = phone.get_by_role("button", name="correctness", exact=True).bounding_box()
    assert name is not None
    assert name["height"] >= 24
    assert name["width"] >= 24


def test_verdicts_in_words_stand_beside_each_other(page: Page, refunds: World) -> None:
    for name, label in (("refund-v13", "warm"), ("refund-v14", "flat")):
        trace, project = refunds.traces[name, 0], refunds.experiments[name]["name"]
        given = {"name": "manner", "label": label, "trace_id": trace, "project": project}
        refunds.made("/scores", given)
    page.goto(f"/experiments/{ids(refunds, 'refund-v13', 'refund-v14')}")
    expect(page.get_by_role("columnheader", name="manner")).to_be_visible()
    expect(examples(page).first.get_by_text("warm → flat")).to_be_visible()
