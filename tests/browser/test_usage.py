"""Usage & cost: the report, and a provider's bill held against it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from browser.conftest import Watch
from servers import ServerProcess

USAGE = "/p/demo/usage"


def test_a_report_is_split_and_each_row_leads_to_its_traces(
    page: Page, server: ServerProcess, violations: Callable[[Page], list[str]]
) -> None:
    report = server.get("/api/v1/costs/report?project=demo&by=user")
    page.goto(USAGE)

    expect(page.get_by_role("region", name="Totals")).to_contain_text("Cost a user")
    expect(page.get_by_role("img", name=re.compile("^Cost by model"))).to_be_visible()
    assert violations(page) == []
    page.get_by_role("combobox", name="By").select_option("user")
    expect(page.get_by_role("columnheader", name="User")).to_be_visible()
    assert str(page.get_by_role("link", name="CSV").get_attribute("href")).count("by=user") == 1
    user = next(row["group"]["user"] for row in report["rows"] if row["group"]["user"])
    page.get_by_role("link", name=user, exact=True).click()
    expect(page).to_have_url(re.compile(r"/p/demo/traces\?.*filter=user_id"))


def test_all_projects_stand_side_by_side(phone: Page) -> None:
    phone.goto("/usage")

    expect(phone.get_by_role("cell", name="demo")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_bill_says_in_each_row_why_it_differs(page: Page, watch: Watch) -> None:
    watch.forgiven.append("400")  # the file of another provider
    today = datetime.now(UTC).date()
    bill = f"start_time_iso,model,input_tokens,output_tokens\n{today},gpt-unheard,1000,50\n"
    page.goto(f"{USAGE}?view=bill")
    choose = page.get_by_label("Export of the provider")

    choose.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": bill.encode()})
    expect(page.get_by_role("row", name=re.compile("gpt-unheard"))).to_contain_text(
        "Only OpenAI knows this model"
    )
    page.get_by_role("button", name="Anthropic").click()
    choose.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": bill.encode()})
    expect(page.get_by_role("alert")).to_contain_text("this is OpenAI's export")


def test_a_budget_is_made_shown_and_taken_away(
    page: Page, violations: Callable[[Page], list[str]]
) -> None:
    page.goto(f"{USAGE}?view=budgets")

    page.get_by_role("button", name="New budget").click()
    page.get_by_label("Name").fill("Everything")
    page.get_by_label("US dollars").fill("0.01")
    page.get_by_role("button", name="Save").click()

    budget = page.get_by_role("listitem", name="Everything")
    expect(budget).to_contain_text("of $0.01 ")
    expect(budget).to_contain_text("Nobody is told.")
    assert violations(page) == []
    budget.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete budget").click()
    expect(page.get_by_text("There is no budget yet")).to_be_visible()
