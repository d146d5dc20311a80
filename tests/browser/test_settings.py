"""Settings: what is changed on the page is changed on the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Watch, wait_until_filled
from servers import ServerProcess

SECTIONS = [
    "prices",
    "models",
    "alerts",
    "keys",
    "accounts",
    "masking",
    "storage",
    "project",
    "system",
    "about",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this module's own, since its settings are changed."""
    started = ServerProcess(tmp_path_factory.mktemp("settings") / "data", "--demo").start()
    wait_until_filled(started)
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def no_list_price(watch: Watch) -> None:
    """The demo calls a model that the public list does not know, which is a 404 on the console."""
    watch.forgiven.append("404")


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row", name=re.compile(re.escape(text)))


def project(server: ServerProcess, name: str) -> str:
    status, body = server.call("POST", "/api/v1/projects", {"name": name})
    assert status == 201, body
    return name


def test_the_first_section_opens_by_itself(page: Page) -> None:
    page.goto("/settings")

    expect(page).to_have_url(re.compile("/settings/prices$"))
    expect(page.get_by_role("heading", name="Prices", level=1)).to_be_visible()


def test_a_key_is_shown_once_and_then_known_by_its_beginning(
    page: Page, server: ServerProcess
) -> None:
    page.goto("/settings/keys")

    page.get_by_role("button", name="New key").click()
    page.get_by_role("textbox", name="Name").fill("in production")
    page.get_by_role("combobox", name="What it may do").select_option(label="Send and read")
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_role("dialog").get_by_role("code").inner_text()
    page.get_by_role("button", name="Done").click()

    assert secret.startswith("ph_")
    expect(row(page, "in production")).to_contain_text("ingest, read")
    expect(page.get_by_text(secret)).to_have_count(0)
    [key] = server.get("/api/v1/keys")["items"]
    assert key["scopes"] == ["ingest", "read"]


def test_a_key_is_revoked_after_asking_once_more(page: Page, server: ServerProcess) -> None:
    server.call("POST", "/api/v1/keys", {"name": "leaked"})
    page.goto("/settings/keys")

    row(page, "leaked").get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke now").click()

    expect(row(page, "leaked")).to_have_count(0)
    assert "leaked" not in [key["name"] for key in server.get("/api/v1/keys")["items"]]


def test_an_account_is_made_and_shut_out(page: Page, server: ServerProcess) -> None:
    page.goto("/settings/accounts")

    page.get_by_role("button", name="New account").click()
    page.get_by_role("textbox", name="E-mail").fill("ada@example.com")
    page.get_by_role("textbox", name="Password").fill("correct horse battery")
    page.get_by_role("combobox", name="Role").select_option("admin")
    page.get_by_role("button", name="Create").click()
    expect(row(page, "ada@example.com")).to_contain_text("admin")
    server.call(
        "POST",
        "/api/v1/accounts",
        {"email": "bob@example.com", "password": "correct horse battery"},
    )
    page.reload()
    row(page, "bob@example.com").get_by_role("button", name="Change").click()
    page.get_by_role("checkbox", name="May not sign in").check()
    page.get_by_role("button", name="Save").click()

    expect(row(page, "bob@example.com")).to_contain_text("may not sign in")


def test_a_refused_account_says_why_in_the_form(page: Page, watch: Watch) -> None:
    watch.forgiven.append("400")
    page.goto("/settings/accounts")

    page.get_by_role("button", name="New account").click()
    page.get_by_role("textbox", name="E-mail").fill("short@example.com")
    page.get_by_role("textbox", name="Password").fill("x")
    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("alert")).to_contain_text("password")


def test_a_price_is_entered_changed_and_deleted(page: Page, server: ServerProcess) -> None:
    page.goto("/settings/prices")
    unlisted = row(page, "bge-reranker-v2-m3")
    expect(unlisted).to_contain_text("not on the list")

    unlisted.get_by_role("button", name="Enter own").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("at least one price")
    price = page.get_by_role("textbox", name="Input", exact=True)
    for wrong in ("1,250", "-1", "two"):
        price.fill(wrong)
        page.get_by_role("button", name="Save").click()
        expect(price).to_have_attribute("aria-invalid", "true")
        expect(price).to_have_value(wrong)
    price.fill("0.02")
    page.get_by_role("button", name="Save").click()
    own = page.get_by_role("region", name="Own entries")
    expect(own.get_by_role("row").nth(1)).to_contain_text("$0.02")
    own.get_by_role("button", name="Change").click()
    page.get_by_role("textbox", name="Input", exact=True).fill("0.03")
    page.get_by_role("button", name="Save").click()
    expect(own.get_by_role("row").nth(1)).to_contain_text("$0.03")

    [entry] = server.get("/api/v1/prices")["items"]
    assert (entry["model"], entry["project"], entry["prices"]) == (
        "bge-reranker-v2-m3",
        "demo",
        {"input": 0.03},
    )
    own.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete now").click()
    expect(own.get_by_text("There is none yet.")).to_be_visible()


def test_masking_is_tried_and_then_saved(page: Page, server: ServerProcess) -> None:
    name = project(server, "masked")
    page.goto(f"/settings/masking?project={name}")

    page.get_by_role("checkbox", name="E-mail addresses").check()
    page.get_by_role("button", name="Add a pattern").click()
    page.get_by_role("textbox", name="Name of rule 1").fill("order")
    page.get_by_role("textbox", name="Pattern of rule 1").fill("ORD-[0-9]{6}")
    result = page.get_by_role("status", name="As it would be stored")
    expect(result).to_contain_text("refund order [order] to [emails]")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Counts for what arrives from now on")).to_be_visible()

    assert server.get(f"/api/v1/projects/{name}")["masking"] == [
        {"name": "emails", "builtin": "emails"},
        {"name": "order", "pattern": "ORD-[0-9]{6}"},
    ]


def test_a_wrong_pattern_says_what_is_wrong(page: Page, watch: Watch) -> None:
    watch.forgiven.append("400")
    page.goto("/settings/masking")

    page.get_by_role("button", name="Add a pattern").click()
    page.get_by_role("textbox", name="Name of rule 1").fill("broken")
    page.get_by_role("textbox", name="Pattern of rule 1").fill("(unclosed")

    expect(page.get_by_text(re.compile("pattern of rule 'broken' is wrong"))).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("broken")


def test_retention_is_changed_for_one_project(page: Page, server: ServerProcess) -> None:
    name = project(server, "short-lived")
    page.goto("/settings/storage")
    expect(row(page, name)).to_contain_text("90 days (server)")

    row(page, name).get_by_role("button", name="Change").click()
    page.get_by_role("combobox", name="Keep its traces").select_option("days")
    page.get_by_role("textbox", name="Days").fill("14")
    page.get_by_role("button", name="Save").click()

    expect(row(page, name)).to_contain_text("14 days")
    assert server.get(f"/api/v1/projects/{name}")["retention_days"] == 14


def test_storage_shows_spans_and_bytes_of_a_project(page: Page, server: ServerProcess) -> None:
    page.goto("/settings/storage")

    expect(row(page, "demo")).to_contain_text(f"{server.count(project='demo'):,}")
    expect(row(page, "demo")).to_contain_text(re.compile(r"\d (k|M)B"))


def test_a_project_is_renamed(page: Page, server: ServerProcess) -> None:
    project(server, "before")
    page.goto("/settings/project?project=before")

    page.get_by_role("textbox", name="Name", exact=True).fill("after")
    page.get_by_role("button", name="Rename").click()

    expect(page).to_have_url(re.compile("project=after"))
    assert server.get("/api/v1/projects/after")["name"] == "after"


def test_what_the_rules_of_a_project_may_take_is_capped_and_lifted(
    page: Page, server: ServerProcess
) -> None:
    name = project(server, "capped")
    page.goto(f"/settings/project?project={name}")
    caps = page.get_by_role("form", name="Caps of its rules")
    save = caps.get_by_role("button", name="Save caps")

    expect(save).to_be_disabled()
    caps.get_by_label("Dollars a day, at most").fill("2.5")
    caps.get_by_label("Calls an hour, at most").fill("many")
    expect(caps.get_by_role("alert")).to_contain_text("a number above 0")
    expect(save).to_be_disabled()
    caps.get_by_label("Calls an hour, at most").fill("100")
    save.click()
    expect(save).to_be_disabled()
    kept = server.get(f"/api/v1/rules/budget?project={name}")["budget"]
    page.reload()
    caps.get_by_label("Calls an hour, at most").fill("")
    save.click()
    expect(save).to_be_disabled()
    left = server.get(f"/api/v1/rules/budget?project={name}")["budget"]

    assert (kept["usd_per_day"], kept["calls_per_hour"]) == (2.5, 100)
    assert (left["usd_per_day"], left["calls_per_hour"]) == (2.5, None)


def test_a_project_is_deleted_only_when_its_name_is_typed(
    page: Page, server: ServerProcess
) -> None:
    project(server, "doomed")
    page.goto("/settings/project?project=doomed")
    delete = page.get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()

    page.get_by_role("textbox", name="Type the name of the project").fill("doomed")
    delete.click()

    expect(page).to_have_url(re.compile("/projects$"))
    expect(page.get_by_role("link", name="demo")).to_be_visible()
    assert "doomed" not in [one["name"] for one in server.get("/api/v1/projects")["items"]]


def test_a_users_data_is_deleted_after_asking_once_more(page: Page, server: ServerProcess) -> None:
    user = server.get("/api/v1/users?project=demo&limit=1")["items"][0]["user_id"]
    page.goto(f"/p/demo/users/{user}")

    page.get_by_role("button", name="Delete this user's data").click()
    page.get_by_role("button", name="Delete now").click()

    expect(page).to_have_url(re.compile("/p/demo/users$"))
    assert server.get("/api/v1/jobs")["items"][0]["kind"] == "delete_user"


def test_about_says_the_version_and_that_it_is_ready(page: Page, server: ServerProcess) -> None:
    page.goto("/settings/about")

    expect(page.get_by_text("Ready")).to_be_visible()
    expect(page.get_by_text(server.get("/api/v1/server")["version"], exact=True)).to_be_visible()


def test_the_server_says_that_it_turned_something_away(page: Page, server: ServerProcess) -> None:
    assert server.call("POST", "/v1/traces", b"{")[0] == 400

    page.goto("/settings/system")

    found = page.get_by_role("list", name="Checks").get_by_role("listitem")
    expect(found.filter(has_text="Needs a look").filter(has_text="malformed")).to_be_visible()
    expect(found.filter(has_text="Both stores answer")).to_be_visible()


@pytest.mark.parametrize("section", SECTIONS)
def test_axe_finds_nothing_wrong(
    page: Page,
    violations: Callable[[Page], list[str]],
    section: str,
) -> None:
    page.goto(f"/settings/{section}")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert violations(page) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_on_a_phone_nothing_scrolls_sideways(phone: Page, section: str) -> None:
    phone.goto(f"/settings/{section}")
    expect(phone.get_by_role("heading", level=2).first).to_be_visible()
    phone.wait_for_load_state("networkidle")

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    wider = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).length"
    assert phone.locator(":has(> table)").evaluate_all(wider) == 0
