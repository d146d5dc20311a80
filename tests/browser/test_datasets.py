"""Datasets in the browser: made, filled from files and traces, edited, read as of a version."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Watch
from evaluation_world import QUESTIONS, SCHEMA, World, world
from sample_trace import Ticket
from servers import ServerProcess

PROJECT = "to-datasets"


@pytest.fixture(scope="module")
def refunds(server: ServerProcess) -> World:
    return world(server)


@pytest.fixture(scope="module", autouse=True)
def traces(server: ServerProcess) -> list[str]:
    sent = []
    for number in (701, 702):
        made = Ticket(number)
        made.span("root", None, f"question {number}", "AGENT", (0, 1), input__value=f"ask {number}")
        sent.append(made.send(server, PROJECT))
    return sent


def small(server: ServerProcess, examples: int = 2, **more: object) -> str:
    """A dataset of its own with numbered questions; its id."""
    made = World(server)
    dataset = made.made("/datasets", {"name": f"small-{uuid4().hex[:8]}", **more})["id"]
    if examples:
        new = [{"inputs": {"question": f"number {n}"}} for n in range(examples)]
        made.made(f"/datasets/{dataset}/examples", new)
    return str(dataset)


def line(page: Page, text: str) -> Locator:
    return page.get_by_role("grid", name="Examples").get_by_role("row").filter(has_text=text)


def test_the_list_tells_sizes_and_how_the_last_experiment_went(page: Page, refunds: World) -> None:
    page.goto("/datasets")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Experiments").wait_for()
    page.get_by_role("searchbox", name="Find a dataset").fill(refunds.name)

    row = page.get_by_role("row").filter(has_text=refunds.name)
    expect(row).to_contain_text("refund-v14")
    expect(row).to_contain_text("correctness 0.80, n 6")
    # Examples, splits, versions, experiments.
    for column, figure in enumerate(("6", "2", "1", "3"), start=2):
        expect(row.get_by_role("cell").nth(column)).to_have_text(figure)
    expect(page).to_have_url(f"{refunds.server.url}/datasets?find={refunds.name}")
    row.get_by_role("link", name=refunds.name).click()
    expect(page.get_by_role("grid", name="Examples").get_by_role("row")).to_have_count(7)


def test_a_new_dataset_takes_an_example_that_is_typed(page: Page) -> None:
    name = f"typed-{uuid4().hex[:6]}"
    page.goto("/datasets")
    expect(page.get_by_role("heading", name="Datasets", level=1)).to_be_visible()
    page.keyboard.press("n")
    form = page.get_by_role("dialog", name="New dataset")
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("button", name="Create dataset").click()

    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("No examples yet")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Inputs").fill('{"question": "How far is the moon?"}')
    page.get_by_role("textbox", name="Outputs").fill('{"answer": "Far"}')
    page.keyboard.press("Control+Enter")

    expect(line(page, "How far is the moon?")).to_contain_text("Far")


def test_an_example_is_edited_in_place_and_the_schema_says_what_is_wrong(
    page: Page, server: ServerProcess, watch: Watch
) -> None:
    watch.forgiven.append("422")
    page.goto(f"/datasets/{small(server, inputs_schema=SCHEMA)}")
    line(page, "number 1").click()
    inputs = page.get_by_role("textbox", name="Inputs")

    inputs.fill("{broken")
    expect(page.get_by_text("This is no JSON")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    inputs.fill('{"query": 1}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("'question' is a required property")).to_be_visible()
    expect(inputs).to_have_attribute("aria-invalid", "true")
    inputs.fill('{"question": "mended"}')
    page.get_by_role("button", name="Save").click()

    expect(line(page, "mended")).to_be_visible()
    expect(inputs).to_have_count(0)
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("listitem").filter(has_text="1 changed")).to_be_visible()


def test_versions_are_compared_tagged_and_read_again(page: Page, server: ServerProcess) -> None:
    dataset = small(server)
    made = World(server)
    example = server.get(f"/api/v1/datasets/{dataset}/examples")["items"][0]
    made.made(f"/examples/{example['id']}", {"inputs": {"question": "number nought"}}, "PATCH")
    page.goto(f"/datasets/{dataset}?tab=versions")

    rows = page.get_by_role("list", name="Versions").get_by_role("listitem")
    rows.first.get_by_role("button", name="Changes").click()
    diff = page.get_by_role("region", name="Difference")
    expect(diff).to_contain_text("1 changed")
    expect(diff.locator("del")).to_have_text("0")
    expect(diff.locator("ins")).to_have_text("nought")

    rows.nth(1).get_by_role("button", name="Tag the version").click()
    page.get_by_role("textbox", name="Tag").fill("golden")
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_contain_text("golden")
    rows.nth(1).get_by_role("button", name="Examples").click()
    expect(page.get_by_text("nothing can be changed here")).to_be_visible()
    expect(line(page, "number 0")).to_be_visible()
    page.get_by_role("button", name="Show the newest version").click()
    expect(line(page, "number nought")).to_be_visible()


def test_a_file_is_mapped_previewed_and_imported(
    page: Page, server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "questions.csv"
    file.write_text("q_text,gold,part\nCapital of France?,Paris,geo\nCapital of Peru?,Lima,geo\n")
    page.goto(f"/datasets/{small(server, examples=0)}")
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)

    dialog.get_by_label("gold becomes").select_option("Outputs")
    dialog.get_by_label("part becomes").select_option("Split")
    field = dialog.get_by_label("Field of q_text")
    field.fill("question")
    field.press("Enter")
    preview = dialog.get_by_role("region", name="Preview")
    expect(preview.get_by_role("row").nth(1)).to_contain_text("Capital of France?")
    expect(preview.get_by_role("row").nth(1).get_by_role("cell").nth(1)).to_have_text("Paris")
    expect(preview.get_by_role("row").nth(1).get_by_role("cell").nth(3)).to_have_text("geo")
    dialog.get_by_role("button", name="Import 2 examples").click()
    expect(dialog.get_by_role("status")).to_contain_text("2 examples added")
    dialog.get_by_role("button", name="Show the examples").click()

    expect(line(page, "Capital of Peru?")).to_contain_text("Lima")
    expect(page.get_by_role("button", name="geo")).to_be_visible()


def test_a_file_that_breaks_the_schema_is_not_offered_for_import(
    page: Page, server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"question": "fits"}\n{"question": 4}\n')
    page.goto(f"/datasets/{small(server, examples=0, inputs_schema=SCHEMA)}?import=1")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)

    expect(dialog.get_by_role("alert")).to_contain_text("1 row breaks the dataset's schema")
    expect(dialog.get_by_role("alert")).to_contain_text("Row 2, inputs.question")
    expect(dialog.get_by_role("button", name="Import 2 examples")).to_be_disabled()


def test_selected_examples_move_to_a_split_and_go(page: Page, server: ServerProcess) -> None:
    page.goto(f"/datasets/{small(server, examples=3)}")
    expect(line(page, "number 2")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("combobox", name="Split").fill("hard")
    page.get_by_role("button", name="Put in").click()
    expect(line(page, "number 0")).to_contain_text("hard")

    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove 1 example").click()
    expect(line(page, "number 0")).to_have_count(0)
    expect(line(page, "number 1")).to_be_visible()


def test_of_very_many_examples_only_those_in_sight_are_drawn(
    page: Page, server: ServerProcess
) -> None:
    page.goto(f"/datasets/{small(server, examples=1500)}")
    grid = page.get_by_role("grid", name="Examples")
    expect(grid).to_have_attribute("aria-rowcount", "1501")
    expect(line(page, "number 0").first).to_be_visible()
    assert grid.get_by_role("row").count() < 90

    page.keyboard.press("End")
    expect(page.locator("#example-199")).to_be_visible()
    page.get_by_role("searchbox", name="Find in inputs and outputs").fill("1234")
    expect(line(page, "number 1234")).to_be_visible()


def test_selected_traces_become_examples_with_a_way_back(page: Page) -> None:
    name = f"from-traces-{uuid4().hex[:6]}"
    page.goto(f"/p/{PROJECT}/traces?range=30d")
    for number in (701, 702):
        row = page.get_by_role("row").filter(has_text=f"question {number}")
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add to dataset").click()
    form = page.get_by_role("dialog", name="Add 2 examples to a dataset")
    form.get_by_label("Dataset").select_option("New dataset…")
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text(f"2 examples added to {name}")
    form.get_by_role("link", name=name).click()

    line(page, "ask 701").get_by_role("button", name="trace").click()
    expect(page.get_by_role("heading", name="question 701").first).to_be_visible()
    page.keyboard.press("a")
    again = page.get_by_role("dialog", name="Add 1 example to a dataset")
    again.get_by_label("Dataset").select_option(f"{name} (2)")
    again.get_by_role("button", name="Add", exact=True).click()
    expect(again.get_by_role("status")).to_contain_text("1 stood there already")


def test_scores_of_its_experiments_stand_over_time(page: Page, refunds: World) -> None:
    page.goto(f"/datasets/{refunds.dataset}?tab=experiments")
    chart = page.get_by_role("region", name="correctness over time")
    expect(chart.get_by_role("img")).to_have_attribute(
        "aria-label", "correctness of 3 experiments, last 0.80"
    )
    chart.get_by_role("button", name="Show correctness as table").click()
    expect(chart.get_by_role("row")).to_have_count(4)
    latency = page.get_by_role("region", name="p50 latency over time").get_by_role("img")
    expect(latency).to_have_attribute("aria-label", re.compile("of 3 experiments, last .* s$"))


def test_a_server_that_fails_is_quoted_with_another_try(page: Page, watch: Watch) -> None:
    watch.forgiven.append("404")
    page.goto(f"/datasets/{uuid4()}")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_axe_finds_nothing_wrong(
    page: Page,
    refunds: World,
    violations: Callable[[Page], list[str]],
) -> None:
    page.goto("/datasets")
    expect(page.get_by_role("row").filter(has_text=refunds.name)).to_be_visible()
    assert violations(page) == []
    page.goto(f"/datasets/{refunds.dataset}")
    line(page, QUESTIONS[1][0]).click()
    expect(page.get_by_role("textbox", name="Inputs")).to_be_visible()
    assert violations(page) == []
    for tab in ("versions", "experiments", "settings"):
        page.goto(f"/datasets/{refunds.dataset}?tab={quote(tab)}")
        expect(page.get_by_role("tabpanel")).not_to_be_empty()
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], tab


def test_a_phone_shows_examples_without_scrolling_sideways(phone: Page, refunds: World) -> None:
    phone.goto(f"/datasets/{refunds.dataset}")
    expect(line(phone, QUESTIONS[0][0])).to_contain_text(QUESTIONS[0][1])
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    line(phone, QUESTIONS[0][0]).click()
    expect(phone.get_by_role("textbox", name="Inputs")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
