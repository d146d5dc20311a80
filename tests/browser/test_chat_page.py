"""The page of a served app: answers that go on, come back, branch, and never run as code."""

from __future__ import annotations

import asyncio
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from browser.chat_pages import answers, ask, message
from browser.pages import Watch
from chat_world import MARKDOWN, Chat, chatting, gates
from cutting_proxy import CuttingProxy, cutting
from pilothouse.serving.page.pages import BUILT
from serving_world import Served

OPTIONS = {
    "page_title": "Fjordline support",
    "page_text": "Ask about orders.",
    "page_questions": ("What is <b>new</b>?",),
    "page_files": ("text/*", "image/*"),
}


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    """One app for all tests; each has conversations of its own by their names."""
    if not (BUILT / "chat.html").is_file():
        pytest.skip("the chat page is not built: run `python build_ui.py`")
    with chatting(**OPTIONS) as running:
        yield running


@pytest.fixture(scope="module")
def server(chat: Chat) -> Served:
    """Instead of the platform's, whose address pages begin with."""
    return chat.app


def thread_of(page: Page) -> str:
    return page.url.rpartition("thread=")[2]


def unique(word: str) -> str:
    return f"{word} {uuid.uuid4().hex[:8]}"


@contextmanager
def without_network(page: Page, watch: Watch) -> Iterator[None]:
    watch.forgiven += ["net::ERR_", "Failed to load resource"]
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


# --- answers ---


def test_steps_are_shown_while_they_happen_and_fold_when_the_answer_is_there(page: Page) -> None:
    question = unique("steps")
    page.goto("/")
    ask(page, question)

    expect(page.get_by_role("button", name="Look up order 48213")).to_contain_text("At work")
    gates.opened[f"step {question}"].set()
    expect(answers(page)).to_contain_text("0 before")
    fold = page.get_by_role("button", name="1 step")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    page.get_by_role("button", name="Look up order 48213").click()
    expect(page.get_by_role("group", name="Output")).to_have_text('{"delivered":"17 October"}')
    source = page.get_by_role("list", name="Sources").get_by_role("link")
    expect(source).to_have_attribute("href", "https://example.com/a")
    expect(source).to_have_attribute("rel", "noreferrer noopener")


def test_an_answer_is_stopped_by_its_button_or_by_escape_and_asked_for_again(page: Page) -> None:
    question = unique("wait")
    page.goto("/")
    ask(page, question)
    expect(answers(page)).to_contain_text("One two")
    page.get_by_role("button", name="Stop").click()
    expect(answers(page)).to_contain_text("Stopped.")

    gates.opened[question].set()
    page.get_by_role("button", name="Answer again").click()
    expect(answers(page)).to_contain_text("One two three.")
    page.get_by_role("button", name="Version before").click()
    expect(answers(page)).to_contain_text("Stopped.")

    other = unique("wait")
    ask(page, other)
    expect(answers(page).last).to_contain_text("One two")
    page.keyboard.press("Escape")
    expect(answers(page).last).to_contain_text("Stopped.")


def test_what_failed_says_so_and_is_tried_again(page: Page, chat: Chat) -> None:
    page.goto("/")
    ask(page, unique("fail"))
    expect(page.get_by_role("alert")).to_contain_text("The app failed while it answered.")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("group", name="Versions")).to_contain_text("2/2")
    assert "secret" not in page.content()


def test_code_can_be_copied_and_tables_scroll_in_their_box(phone: Page) -> None:
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.goto("/")
    ask(phone, unique("markdown"))
    code = phone.get_by_role("group", name="Code, python")
    expect(code.locator('[data-kind="word"]').first).to_have_text("def")
    phone.get_by_role("button", name="Copy code").click()
    copied = phone.evaluate("navigator.clipboard.readText()")

    assert copied == MARKDOWN.split("```")[1].removeprefix("python\n").rstrip()
    expect(phone.get_by_role("cell", name="14.00")).to_be_visible()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not phone.evaluate(wide)


# --- broken connections ---


@pytest.fixture
def way(chat: Chat) -> Iterator[CuttingProxy]:
    with cutting(chat.app.url) as proxy:
        yield proxy


@pytest.fixture
def far(make_page: Callable[..., Page], way: CuttingProxy, watch: Watch) -> Page:
    """A page whose connections can be cut."""
    watch.host = way.url.removeprefix("http://")
    watch.forgiven += ["net::ERR_", "Failed to load resource"]
    return make_page(base_url=way.url)


def test_an_answer_goes_on_after_its_connection_was_cut(
    far: Page, way: CuttingProxy, chat: Chat
) -> None:
    question = unique("wait")
    far.goto("/")
    ask(far, question)
    expect(answers(far)).to_contain_text("One two")
    way.closed = True
    assert way.cut()
    expect(far.get_by_text("The connection broke.")).to_be_visible()
    gates.opened[question].set()
    chat.app.wait(lambda: not chat.app.app.service.running)
    way.closed = False

    expect(answers(far)).to_have_count(1)
    expect(answers(far).locator("p").first).to_have_text("One two three.")
    expect(far.get_by_role("button", name="Good answer")).to_be_visible()
    assert chat.texts(thread_of(far)) == [question, "One two three."]


def test_a_question_that_could_not_be_sent_is_kept_through_a_reload(
    far: Page, way: CuttingProxy, chat: Chat
) -> None:
    far.goto("/")
    ask(far, unique("first"))
    expect(far.get_by_role("button", name="Good answer")).to_be_visible()
    question = unique("second")
    way.closed = True
    way.cut()
    ask(far, question)
    expect(far.get_by_text("Not sent yet.")).to_be_visible()
    way.closed = False
    far.reload()

    expect(answers(far).last).to_contain_text(f"2 before: {question}")
    assert len(chat.texts(thread_of(far))) == 4


def test_without_a_network_a_message_waits_and_can_be_taken_back(page: Page, watch: Watch) -> None:
    page.goto("/")
    ask(page, unique("first"))
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()
    with without_network(page, watch):
        expect(page.get_by_text("No connection.")).to_be_visible()
        ask(page, "regretted")
        expect(page.get_by_text("Not sent yet.")).to_be_visible()
        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_text("regretted")).to_have_count(0)
        question = unique("wanted")
        ask(page, question)
        expect(page.get_by_text("Not sent yet.")).to_be_visible()

    expect(answers(page).last).to_contain_text(f"2 before: {question}")
    expect(page.get_by_text("regretted")).to_have_count(0)


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(page: Page) -> None:
    question = unique("wait")
    page.goto("/")
    ask(page, question)
    expect(answers(page)).to_contain_text("One two")
    page.reload()
    expect(answers(page)).to_contain_text("One two")
    gates.opened[question].set()

    expect(answers(page).locator("p").first).to_have_text("One two three.")
    expect(page.get_by_role("article", name="Question")).to_have_count(1)


def test_two_tabs_show_the_same_answer(page: Page, make_page: Callable[..., Page]) -> None:
    question = unique("wait")
    page.goto("/")
    ask(page, question)
    expect(answers(page)).to_contain_text("One two")
    other = make_page(viewport={"width": 1000, "height": 700})
    other.goto(page.url)
    expect(answers(other)).to_contain_text("One two")
    gates.opened[question].set()

    for each in (page, other):
        expect(each.get_by_role("button", name="Good answer")).to_be_visible()
        expect(answers(each).locator("p").first).to_have_text("One two three.")
    again = unique("more")
    ask(other, again)
    expect(answers(other).last).to_contain_text(again)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(answers(page).last).to_contain_text(again)


# --- conversations ---


def test_a_question_is_edited_and_both_branches_stay(page: Page) -> None:
    page.goto("/")
    first, second, anew = unique("first"), unique("second"), unique("anew")
    for question in (first, second):
        ask(page, question)
        expect(answers(page).last).to_contain_text(question)
        expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.get_by_role("article", name="Question").last.hover()
    page.get_by_role("button", name="Edit the question").last.click()
    page.get_by_role("textbox", name="The question anew").fill(anew)
    page.get_by_role("button", name="Ask anew").click()
    expect(answers(page).last).to_contain_text(f"2 before: {anew}")
    expect(page.get_by_text(second, exact=True)).to_have_count(0)

    page.get_by_role("button", name="Version before").click()
    expect(answers(page).last).to_contain_text(f"2 before: {second}")
    page.reload()
    expect(answers(page).last).to_contain_text(f"2 before: {second}")
    page.get_by_role("button", name="Version after").click()
    expect(answers(page).last).to_contain_text(f"2 before: {anew}")


def test_conversations_are_found_renamed_and_deleted(page: Page, watch: Watch) -> None:
    watch.forgiven.append("404")
    list_ = page.get_by_role("navigation", name="Conversations")
    word = unique("zebra")
    page.goto("/")
    ask(page, word)
    expect(list_.get_by_role("button", name=word, exact=True)).to_be_visible()
    list_.get_by_role("button", name="New conversation").click()
    expect(answers(page)).to_have_count(0)

    list_.get_by_role("searchbox").fill(word.upper())
    list_.get_by_role("button", name=word, exact=True).click()
    expect(answers(page)).to_contain_text(word)
    list_.get_by_role("button", name=f"Rename {word}").click()
    list_.get_by_role("textbox", name="Name").fill("A <i>horse</i>")
    list_.get_by_role("textbox", name="Name").press("Enter")
    list_.get_by_role("button", name="A <i>horse</i>", exact=True).click()
    page.get_by_role("button", name="Delete A <i>horse</i>").click()
    page.get_by_role("button", name="Delete A <i>horse</i>").click()
    expect(list_.get_by_text("No conversation has")).to_be_visible()
    expect(page).to_have_url(re.compile(r"^[^?]*/$"))
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text("not there any more")
    page.go_forward()


def test_a_thumb_and_a_comment_are_there_after_a_reload(page: Page, chat: Chat) -> None:
    page.goto("/")
    ask(page, unique("hello"))
    page.get_by_role("button", name="Bad answer").press("Enter")
    page.get_by_role("textbox", name="Comment").fill("It is wrong.")
    page.get_by_role("button", name="Send comment").click()
    expect(page.get_by_role("button", name="Change the comment")).to_be_visible()
    page.reload()

    down = page.get_by_role("button", name="Bad answer")
    expect(down).to_have_attribute("aria-pressed", "true")
    feedback = chat.messages(thread_of(page))[1]["feedback"]
    assert feedback == {"score": 0, "comment": "It is wrong."}


def test_ten_thousand_messages_open_at_their_end_and_older_ones_come_by_scrolling(
    page: Page, chat: Chat
) -> None:
    said = [{"role": ("user", "assistant")[n % 2], "content": f"text {n}"} for n in range(10_000)]
    store = chat.app.app.service.store

    async def fill() -> None:
        await store.create_thread("", "long", title="Long", metadata={"chat_page": "support"})
        await store.add("", "long", said)

    # Playwright has a loop of its own in this thread.
    filling = threading.Thread(target=lambda: asyncio.run(fill()))
    filling.start()
    filling.join()
    page.goto("/?thread=long")
    expect(page.get_by_text("text 9999", exact=True)).to_be_in_viewport()
    assert page.locator("article").count() == 50
    log = page.get_by_role("log")
    log.evaluate("box => { box.scrollTop = 0 }")
    expect(page.get_by_text("text 9940", exact=True)).to_be_attached()
    expect(page.get_by_text("text 9950", exact=True)).to_be_in_viewport()


# --- hostile texts ---


def test_nothing_that_a_model_or_a_file_says_runs(page: Page, chat: Chat) -> None:
    page.goto("/")
    evil = '"><img src=x onerror=window.hacked=5>.txt'
    page.locator("input[type=file]").set_input_files(
        {"name": evil, "mimeType": "text/plain", "buffer": b"<script>window.hacked=6</script>"}
    )
    expect(page.get_by_role("list", name="Attached files")).to_contain_text("onerror")
    ask(page, "<img src=x onerror=window.hacked=7> xss")
    expect(answers(page)).to_contain_text("<script>window.hacked = 1</script>")

    expect(answers(page).get_by_role("link")).to_have_count(0)
    expect(answers(page).locator("img, script, iframe")).to_have_count(0)
    expect(page.get_by_role("article", name="Question")).to_contain_text("<img src=x")
    assert page.evaluate("window.hacked") is None
    name = page.get_by_role("list", name="Attached files").get_by_role("link")
    with page.expect_download() as download:
        name.click()
    assert download.value.suggested_filename.endswith(".txt")


def test_scripts_in_the_page_itself_would_be_refused(page: Page, watch: Watch) -> None:
    watch.forgiven.append("Content Security Policy")
    page.goto("/")
    expect(message(page)).to_be_visible()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        "{textContent: 'window.hacked = 8'}))"
    )

    assert page.evaluate("window.hacked") is None


# --- for everybody ---


def test_readers_and_keys_find_their_way(
    page: Page, violations: Callable[[Page], list[str]]
) -> None:
    page.goto("/")
    expect(message(page)).to_be_focused()
    assert violations(page) == []
    question = unique("markdown")
    ask(page, question)
    expect(page.get_by_role("status").last).to_contain_text("Answer: Here is")
    page.get_by_role("button", name="Use it from a program").click()
    dialog = page.get_by_role("dialog", name="Use it from a program")
    expect(dialog).to_contain_text("/invoke")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Use it from a program")).to_be_focused()
    page.get_by_role("button", name="Bad answer").click()
    ask(page, unique("steps fail"))
    expect(page.get_by_text("At work").first).to_be_attached()
    assert violations(page) == []
    page.keyboard.press("Escape")


def test_a_phone_has_the_list_behind_a_button(
    phone: Page, violations: Callable[[Page], list[str]]
) -> None:
    phone.goto("/")
    question = unique("phone")
    ask(phone, question)
    expect(answers(phone)).to_contain_text(question)
    phone.get_by_role("button", name="Conversations").click()
    drawer = phone.get_by_role("dialog", name="Conversations")
    assert violations(phone) == []
    drawer.get_by_role("button", name="New conversation").click()
    expect(drawer).to_have_count(0)
    expect(answers(phone)).to_have_count(0)
    phone.get_by_role("button", name="What is <b>new</b>?").click()
    expect(answers(phone)).to_contain_text("What is <b>new</b>?")
