"""The registry on both databases: versions, what names them, labels, counters, lists."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.prompts.manifest import manifest_of
from pilothouse.platform.prompts.models import PromptQuery, hash_of
from pilothouse.platform.prompts.records import Page
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.records import Records


@pytest.fixture
def prompts(records: Records) -> PromptService:
    return PromptService(records)


def plain(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


def test_versions_are_numbered_and_know_their_parent(prompts: PromptService) -> None:
    prompts.create("greet", by="anna")

    first = prompts.commit_plain("greet", plain("Hi {name}"), by="anna", description="begin")
    second = prompts.commit_plain("greet", plain("Hello {name}"), parent=first.hash)

    assert (first.number, first.parent_hash, first.created_by) == (1, "", "anna")
    assert (second.number, second.parent_hash, second.parent_id) == (2, first.hash, first.id)
    assert len(first.hash) == 64
    assert [commit.number for commit in prompts.commits("greet")] == [2, 1]
    assert (prompts.get("greet").commits, prompts.get("greet").last_hash) == (2, second.hash)


def test_the_text_of_an_earlier_version_may_come_back(prompts: PromptService) -> None:
    prompts.create("greet")
    first = prompts.commit_plain("greet", plain("A"))
    prompts.commit_plain("greet", plain("B"))

    third = prompts.commit_plain("greet", plain("A"))

    assert third.number == 3
    assert third.hash != first.hash
    assert third.manifest == first.manifest


def test_nothing_to_commit_and_a_stale_parent_are_conflicts(prompts: PromptService) -> None:
    prompts.create("greet")
    first = prompts.commit_plain("greet", plain("A"))
    with pytest.raises(Conflict, match="nothing to commit"):
        prompts.commit_plain("greet", plain("A"), parent=first.hash)
    prompts.commit_plain("greet", plain("B"), parent=first.hash[:8])

    with pytest.raises(Conflict, match="somebody else committed"):
        prompts.commit_plain("greet", plain("C"), parent=first.hash)


def test_the_same_commit_sent_again_gives_the_same_version(prompts: PromptService) -> None:
    prompts.create("greet")
    first = prompts.commit_plain("greet", plain("A"))
    second = prompts.commit_plain("greet", plain("B"), parent=first.hash)

    again = prompts.commit_plain("greet", plain("B"), parent=first.hash)

    assert again == second


def test_commits_that_come_at_once_follow_each_other(prompts: PromptService) -> None:
    prompts.create("greet")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: prompts.commit_plain("greet", plain(f"text {n}")), range(8)))

    commits = prompts.commits("greet")[::-1]
    assert [commit.number for commit in commits] == list(range(1, 9))
    assert [c.parent_hash for c in commits] == ["", *(c.hash for c in commits[:-1])]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"hi": "hello"}, "Manifest must have an id field"),
        ({"id": ["hi"]}, "Manifest type hi is not supported"),
        ({"id": ["langchain", "schema", "runnable", "RunnableSequence"]}, "kwargs.first is none"),
    ],
)
def test_what_is_no_prompt_is_refused(
    prompts: PromptService, manifest: dict[str, Any], message: str
) -> None:
    prompts.create("greet")

    with pytest.raises(BadRequest, match=message):
        prompts.commit("greet", manifest)


def test_a_version_is_found_by_number_hash_label_and_latest(prompts: PromptService) -> None:
    prompts.create("greet")
    first = prompts.commit_plain("greet", plain("A"))
    second = prompts.commit_plain("greet", plain("B"))
    prompts.label("greet", "production", first.hash)

    found = {
        ref: prompts.resolve("greet", ref).number
        for ref in ("latest", "1", "2", first.hash, second.hash[:8], "production")
    }

    assert found == {
        "latest": 2, "1": 1, "2": 2, first.hash: 1, second.hash[:8]: 2, "production": 1,
    }  # fmt: skip
    for unknown in ("3", "staging", first.hash[:3], "ffffffffff"):
        with pytest.raises(NotFound):
            prompts.resolve("greet", unknown)


def test_a_beginning_that_two_hashes_share_is_a_conflict(prompts: PromptService) -> None:
    prompts.create("greet")
    first = prompts.commit_plain("greet", plain("first 3421")).hash
    texts = map(str, itertools.count())  # after this first one a text is found at once
    alike = next(t for t in texts if hash_of(first, manifest_of(plain(t))).startswith(first[:4]))
    second = prompts.commit_plain("greet", plain(alike)).hash

    with pytest.raises(Conflict, match="write more of the hash"):
        prompts.resolve("greet", first[:4])
    assert prompts.resolve("greet", second).hash == second


def test_a_label_is_moved_and_moved_back(prompts: PromptService) -> None:
    prompts.create("greet")
    first = prompts.commit_plain("greet", plain("A"))
    second = prompts.commit_plain("greet", plain("B"))
    new = prompts.label("greet", "production", "1", by="anna")
    moved = prompts.label("greet", "production", second.id, by="ben")
    again = prompts.label("greet", "production", second.id, by="carl")

    assert moved.previous is not None
    back = prompts.label("greet", "production", moved.previous.hash, by="ben")

    assert new.previous is None
    assert (moved.label.number, moved.label.moved_by) == (2, "ben")
    assert again.label == moved.label  # it stood there already: nothing was moved
    assert (back.label.hash, [x.name for x in prompts.labels("greet")]) == (
        first.hash, ["production"],
    )  # fmt: skip
    assert prompts.resolve("greet", "1").labels == ("production",)
    prompts.unlabel("greet", "production")
    assert prompts.labels("greet") == []


@pytest.mark.parametrize("label", ["latest", "3", "", "a/b", "x" * 201, "tab\t"])
def test_a_label_that_means_something_else_is_refused(prompts: PromptService, label: str) -> None:
    prompts.create("greet")
    prompts.commit_plain("greet", plain("A"))

    with pytest.raises(BadRequest):
        prompts.label("greet", label, "latest")


def test_likes_downloads_and_views_are_counted(prompts: PromptService) -> None:
    prompts.create("greet")
    prompts.commit_plain("greet", plain("A"))
    prompts.like("greet", "anna")
    prompts.like("greet", "anna")
    prompts.like("greet", "ben")
    prompts.like("greet", "ben", on=False)
    prompts.resolve("greet", count_download=True)
    prompts.get("greet", count_view=True)

    greet = prompts.get("greet", account="anna")

    assert (greet.likes, greet.liked, greet.downloads, greet.views) == (1, True, 1, 1)
    assert prompts.get("greet", account="ben").liked is False
    assert prompts.resolve("greet").downloads == 1


def test_prompts_are_found_by_text_tag_and_kind(prompts: PromptService) -> None:
    prompts.create("greet", description="Says hello", tags=["polite", "50%"])
    prompts.create("greet_again", tags=["polite_ish"])
    prompts.create("helper", kind="agent")
    prompts.create("old")
    prompts.change("old", is_archived=True)

    def names(**query: Any) -> set[str]:
        return {prompt.name for prompt in prompts.list(PromptQuery(**query))}

    assert names() == {"greet", "greet_again"}
    assert names(text="HELLO") == {"greet"}
    assert names(text="t_a") == {"greet_again"}
    assert names(prefix="greet_") == {"greet_again"}
    assert names(tags=("polite",)) == {"greet"}
    assert names(tags=("50%", "polite")) == {"greet"}
    assert names(kind="agent") == {"helper"}
    assert names(is_archived=True) == {"old"}
    assert names(is_archived=None, kind=None) == {"greet", "greet_again", "helper", "old"}
    assert prompts.count(PromptQuery(is_public=True)) == 0


@pytest.mark.parametrize("order", ["name", "likes", "updated_at"])
def test_prompts_are_paged_in_each_order(prompts: PromptService, order: Any) -> None:
    for number in range(7):
        prompts.create(f"p{number}")
        for fan in range(number // 2):
            prompts.like(f"p{number}", f"fan{fan}")

    found: list[Any] = []
    after = None
    while page := prompts.list(page=Page(order=order, limit=2, after=after)):
        found += page
        last = page[-1]
        value = getattr(last, order)
        after = (value if order != "updated_at" else round(value.timestamp() * 1e6), last.id)

    values = [getattr(prompt, order) for prompt in found]
    assert len({prompt.name for prompt in found}) == len(found) == 7
    assert values == sorted(values, reverse=True)


def test_a_taken_or_wrong_name_is_refused(prompts: PromptService) -> None:
    prompts.create("greet")
    prompts.create("other")

    with pytest.raises(Conflict):
        prompts.create("greet")
    with pytest.raises(Conflict):
        prompts.change("other", new_name="greet")
    with pytest.raises(BadRequest):
        prompts.create("a/b")
    with pytest.raises(NotFound):
        prompts.commit_plain("nowhere", plain("A"))
    prompts.delete("greet")
    with pytest.raises(NotFound):
        prompts.get("greet")


def test_a_directory_keeps_the_files_that_a_commit_does_not_name(prompts: PromptService) -> None:
    prompts.create("helper", kind="agent")
    a, b = {"type": "file", "content": "a"}, {"type": "file", "content": "b"}
    first = prompts.commit_files("helper", {"AGENTS.md": a, "tools/x.py": b})
    second = prompts.commit_files("helper", {"tools/x.py": None, "y.md": b}, parent=first.hash)

    assert second.manifest == {"files": {"AGENTS.md": a, "y.md": b}}
    with pytest.raises(Conflict):
        prompts.commit_files("helper", {"y.md": b})
    for path in ("../etc/passwd", "/x", "a//b", "a/../b", ""):
        with pytest.raises(BadRequest):
            prompts.commit_files("helper", {path: a})
    with pytest.raises(BadRequest):
        prompts.commit_plain("helper", plain("A"))
    text = prompts.diff("helper", "1", "2").text
    assert "-[tools/x.py]" in text
    assert "+[y.md]" in text


def test_a_diff_shows_lines_and_places(prompts: PromptService) -> None:
    prompts.create("greet")
    model = {"provider": "openai", "name": "gpt-4o"}
    prompts.commit_plain("greet", plain("Be kind.\nHi {name}", model=model))
    prompts.commit_plain(
        "greet", plain("Be kind.\nHello {who}", model=model, parameters={"temperature": 0.2})
    )

    found = prompts.diff("greet", "1", "latest")

    assert found.text.split("\n") == [
        "--- greet:1", "+++ greet:2", "@@ -1,3 +1,3 @@", " [user]", " Be kind.", "-Hi {name}",
        "+Hello {who}",
    ]  # fmt: skip
    assert {(c.path, c.kind) for c in found.changes} == {
        ("messages.0.content", "changed"),
        ("variables.0", "changed"),
        ("parameters.temperature", "added"),
    }


def test_an_odd_text_comes_back_as_it_was(prompts: PromptService) -> None:
    prompts.create("greet")
    odd = "nul \x00, half a character \ud83d, שלום 你好"
    prompts.commit_plain("greet", plain(odd))

    [message] = prompts.render("greet", "latest", {})

    assert message["content"] == odd


def test_a_name_that_no_database_keeps_is_told_and_nothing_breaks(prompts: PromptService) -> None:
    with pytest.raises((NotFound, BadRequest)):
        prompts.get("nul\x00")
    with pytest.raises((NotFound, BadRequest)):
        prompts.label("nul\x00", "production", "1")
    prompts.create("after")
