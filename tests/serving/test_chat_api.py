"""What the chat page asks its server: turns that outlive their client, branches, names, files."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import httpx
import pytest

import serving_world as world
from chat_world import HEADERS, Chat, chatting, events, gates
from pilothouse.serving import App
from pilothouse.serving.errors import SetupError
from pilothouse.serving.page.pages import BUILT
from serving_world import served

KEYS = {"sk-live-ann-5f0c2b9a": (), "sk-live-ben-77d1e3c4": ("invoke:support",)}


def texts(found: list[tuple[str, Any]]) -> str:
    return "".join(told["text"] for name, told in found if name == "text")


def test_an_answer_is_told_with_its_steps_and_kept_with_them() -> None:
    gates.opened["step steps"].set()
    with chatting() as chat:
        found = chat.ask("t", "steps")
        kept = chat.messages("t")
        listed = chat.get("/threads?mount=support")["items"]

    assert [name for name, _ in found] == ["run", "step", "step", "source", "text", "end"]
    assert found[2][1]["output"] == '{"delivered":"17 October"}'
    assert texts(found) == "0 before: steps"
    assert [(m["role"], m["text"]) for m in kept] == [
        ("user", "steps"),
        ("assistant", "0 before: steps"),
    ]
    assert kept[1]["extra"]["steps"][0]["status"] == "done"
    assert kept[1]["extra"]["sources"][0]["url"] == "https://example.com/a"
    assert [thread["title"] for thread in listed] == ["steps"]


def test_a_run_goes_on_without_its_client_who_hears_the_rest_later(tmp_path: Any) -> None:
    question = f"wait {uuid.uuid4()}"
    body = {"mount": "support", "key": "k", "text": question}
    with chatting(store=f"sqlite:///{tmp_path}/chat.db") as chat:
        url = "/ui/api/threads/t/runs"
        with chat.app.http.stream("POST", url, json=body, headers=HEADERS) as answer:
            heard = ""
            for piece in answer.iter_text():
                heard += piece
                if "two" in heard:
                    break
        running = chat.get("/threads/t")["running"]
        gates.opened[question].set()
        last = heard.count("\nevent: ")
        headers = {**HEADERS, "last-event-id": str(last)}
        rest = chat.app.http.get(f"/ui/api/threads/t/runs/{running}/events", headers=headers).text
        again = chat.app.http.post(url, json=body, headers=headers).text
        kept = chat.texts("t")

    assert texts(events(rest)) == "three."
    assert again == rest
    assert kept == [question, "One two three."]


def test_a_stopped_answer_is_kept_and_given_to_no_target() -> None:
    question = f"wait {uuid.uuid4()}"
    with chatting() as chat:
        found: list[Any] = []
        asking = threading.Thread(target=lambda: found.extend(chat.ask("t", question)))
        asking.start()
        chat.app.wait(lambda: chat.app.app.service.running)
        run = next(iter(chat.app.app.service.running))
        stopped = chat.send("POST", f"/threads/t/runs/{run}/cancel")
        asking.join()
        kept = chat.messages("t")
        after = texts(chat.ask("t", "after"))

    assert stopped.status_code == 200
    assert found[-1][1]["status"] == "interrupted"
    assert kept[-1]["status"] == "partial"
    assert after == "1 before: after"


def test_a_question_may_be_asked_anew_and_answered_again() -> None:
    with chatting() as chat:
        chat.ask("t", "first")
        chat.ask("t", "second")
        chat.ask("t", "edited", parent=2)
        edited = chat.messages("t")
        chat.send("POST", "/threads/t/shown", {"seq": 3})
        old = chat.texts("t")
        chat.ask("t", "", key="again", again=3)
        again = chat.messages("t")

    assert [m["text"] for m in edited] == ["first", "0 before: first", "edited", "2 before: edited"]
    assert edited[2]["beside"] == [3, 5]
    assert old == ["first", "0 before: first", "second", "2 before: second"]
    assert [m["seq"] for m in again] == [1, 2, 3, 7]
    assert again[3]["beside"] == [4, 7]


def test_what_failed_is_told_without_the_targets_secrets_and_can_be_tried_again() -> None:
    with chatting() as chat:
        found = chat.ask("t", "fail")
        kept = chat.messages("t")

    assert [name for name, _ in found] == ["run", "error", "end"]
    assert "secret" not in str(found)
    assert (kept[1]["status"], kept[1]["extra"]["error"]["code"]) == ("error", "target_error")


def test_conversations_are_found_named_and_deleted() -> None:
    with chatting() as chat:
        chat.ask("a", 'first with "100%_" in it')
        chat.ask("b", "second")
        chat.app.post("/invoke", {"input": "x", "thread_id": "not of the page"})
        chat.send("PATCH", "/threads/b", {"title": "A name <b>", "settings": {"n": 1}})

        def found(words: str) -> list[str]:
            query = httpx.QueryParams({"mount": "support", "q": words})
            return [thread["id"] for thread in chat.get(f"/threads?{query}")["items"]]

        by_words = [found(w) for w in ('WITH "100%_"', "0_%", "a name", "0 before: SECOND", "")]
        settings = chat.get("/threads/b")["settings"]
        deleted = chat.send("DELETE", "/threads/a").status_code
        gone = chat.app.http.get("/ui/api/threads/a").status_code
        left = found("")

    assert by_words == [["a"], [], ["b"], ["b"], ["b", "a"]]
    assert settings == {"n": 1}
    assert (deleted, gone, left) == (204, 404, ["b"])


def test_whoever_signs_in_sees_their_own_conversations_alone() -> None:
    with chatting(keys=KEYS, name="support") as chat:
        about = chat.app.http.get("/ui/api/about?mount=support")
        wrong = chat.send("POST", "/session", {"key": "wrong"})
        ann, ben = (httpx.Client(base_url=chat.app.url, headers=HEADERS) for _ in range(2))
        for client, key in zip((ann, ben), KEYS, strict=True):
            signed = client.post("/ui/api/session", json={"key": key})
            assert signed.status_code == 204
            assert "HttpOnly" in signed.headers["set-cookie"]
        body = {"mount": "support", "key": "k", "text": "hello"}
        asked = ann.post("/ui/api/threads/t/runs", json=body)
        theirs = ben.get("/ui/api/threads/t")
        own = ann.get("/ui/api/threads/t")
        elsewhere = ann.post("/invoke", json={"input": "x"})
        ann.headers.pop("x-pilothouse-page")
        forged = ann.post("/ui/api/threads/t/runs", json=body)
        ann.close()
        ben.close()

    assert (about.status_code, about.json()["sign_in"]) == (401, True)
    assert wrong.status_code == 401
    assert asked.status_code == 200
    assert (theirs.status_code, own.status_code) == (404, 200)
    assert elsewhere.status_code == 401
    assert (forged.status_code, forged.json()["error"]["code"]) == (403, "foreign_page")


def test_visitors_of_an_open_page_have_conversations_of_their_own() -> None:
    with chatting(visitors_apart=True) as chat:
        one, other = (httpx.Client(base_url=chat.app.url, headers=HEADERS) for _ in range(2))
        for client in (one, other):
            assert client.get("/ui/api/about?mount=support").status_code == 200
        body = {"mount": "support", "key": "k", "text": "hello"}
        one.post("/ui/api/threads/t/runs", json=body)
        lists = [c.get("/ui/api/threads?mount=support").json()["items"] for c in (one, other)]
        stranger = httpx.get(f"{chat.app.url}/ui/api/threads?mount=support")
        jar = "; ".join(f"{name}={value}" for name, value in one.cookies.items())
        beside = {"cookie": f'choice={{"all": true}}; {jar}'}
        again = httpx.get(f"{chat.app.url}/ui/api/threads?mount=support", headers=beside)
        one.close()
        other.close()

    assert [len(each) for each in lists] == [1, 0]
    assert stranger.status_code == 401
    assert len(again.json()["items"]) == 1


class Seeing:
    """Says what it was given."""

    def chat(self, messages: list[dict[str, Any]]) -> str:
        return str(messages[-1]["content"])


def test_files_reach_the_target_and_are_served_harmlessly() -> None:
    with chatting(Seeing(), name="seeing") as chat:

        def attach(name: str, kind: str, data: bytes) -> httpx.Response:
            query = httpx.QueryParams({"mount": "seeing", "name": name})
            headers = {**HEADERS, "content-type": kind}
            path = f"/ui/api/threads/t/files?{query}"
            return chat.app.http.post(path, content=data, headers=headers)

        text = attach("<img src=x>.txt", "text/plain", b"hello").json()
        svg = attach("a.svg", "image/svg+xml", b"<svg onload='alert(1)'/>").json()
        refused = attach("a.exe", "application/x-msdownload", b"MZ")
        found = chat.ask("t", "look", files=[text["id"], svg["id"]])
        kept = chat.messages("t")
        back = chat.app.http.get(f"/ui/api/threads/t/files/{svg['id']}")
        other = chat.app.http.get(f"/ui/api/threads/other/files/{svg['id']}")

    assert "File <img src=x>.txt:" in texts(found)
    assert "data:image/svg+xml;base64," in texts(found)
    assert [f["name"] for f in kept[0]["files"]] == ["<img src=x>.txt", "a.svg"]
    assert kept[0]["text"] == "look"
    assert refused.status_code == 415
    assert back.headers["content-disposition"] == "attachment"
    assert back.headers["content-type"] == "application/octet-stream"
    assert other.status_code == 404


def test_a_thumb_and_a_comment_are_kept_of_answers_of_the_conversation_alone() -> None:
    with chatting() as chat:
        run = chat.ask("t", "hello")[0][1]["run_id"]
        said = {"thread_id": "t", "run_id": run, "score": 0, "comment": "wrong"}
        first = chat.send("POST", "/feedback", said)
        chat.send("POST", "/feedback", {**said, "score": 1, "comment": None})
        kept = chat.messages("t")[1]["feedback"]
        strange = chat.send("POST", "/feedback", {**said, "run_id": str(uuid.uuid4())})

    assert first.status_code == 201
    assert kept == {"score": 1, "comment": None}
    assert strange.status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/threads/t/runs", {"mount": "support", "text": "x"}),
        ("/threads/t/runs", {"mount": "other", "key": "k", "text": "x"}),
        ("/threads/t/runs", {"mount": "support", "key": "k", "text": "  "}),
        ("/threads/t/runs", {"mount": "support", "key": "k", "text": 5}),
        ("/threads/t/runs", {"mount": "support", "key": "k", "text": "x", "parent": -1}),
        ("/threads/t/runs", {"mount": "support", "key": "k", "text": "x", "files": "x"}),
        ("/feedback", {"run_id": 5}),
        ("/threads/t/shown", {"seq": "x"}),
        ("/session", {"key": 5}),
    ],
)
def test_odd_bodies_are_refused(path: str, body: Any) -> None:
    with chatting() as chat:
        answer = chat.send("POST", path, body)

    assert answer.status_code == 422, answer.text


def test_places_that_are_not_there_are_not_found() -> None:
    with chatting() as chat:
        chat.ask("t", "hello")

        def asked(**more: Any) -> int:
            body = {"mount": "support", "key": str(more), "text": "x", **more}
            return chat.send("POST", "/threads/t/runs", body).status_code

        found = [asked(parent=99), asked(again=99), asked(again=2), asked(files=["none"])]
        run = chat.app.http.get("/ui/api/threads/t/runs/none/events").status_code

    assert found == [404, 404, 422, 404]
    assert run == 404


@pytest.mark.parametrize(
    "options",
    [
        {"page_color": "red; }"},
        {"page_logo": "missing.png"},
        {"page_logo": "logo.exe"},
        {"frame_ancestors": ("https://a.example; script-src *",)},
    ],
)
def test_a_look_that_cannot_be_is_refused_at_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        App(world.hello, chat_page="/", **options)


@pytest.mark.skipif(
    not (BUILT / "chat.html").is_file(), reason="the page is not built: run `python build_ui.py`"
)
def test_the_page_says_who_may_frame_it_and_loads_nothing_from_elsewhere() -> None:
    options = {"frame_ancestors": ("https://shop.example",), "page_color": "#ffcc00"}
    with served(App(world.words, chat_page="/", name="<b>words", **options)) as running:
        page = running.http.get("/")
        theme = running.http.get("/ui/theme.css").text
        playground = running.http.get("/playground/")
        outside = running.http.get("/ui/assets/..%2fchat.html")

    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self' https://shop.example" in policy
    assert "unsafe" not in policy
    assert "<b>" not in page.text
    assert "&lt;b&gt;words" in page.text
    assert "--accent: light-dark(#" in theme
    assert "#ffcc00" not in theme.partition(",")[0]
    assert "&quot;mode&quot;: &quot;form&quot;" in playground.text
    assert outside.status_code == 404


def test_conversations_of_the_api_are_not_listed_on_the_page() -> None:
    with chatting() as chat:
        Chat(chat.app).app.post("/invoke", {"input": "x", "thread_id": "api"})

        assert chat.get("/threads?mount=support")["items"] == []


def test_what_postgresql_cannot_keep_is_refused_or_kept_otherwise(postgres_url: str) -> None:
    async def echo(text: str) -> str:
        return text

    made = App(echo, name="echo", store=postgres_url, page_files=("text/*",))
    with served(made) as app:
        asked = {"mount": "echo", "key": "k", "text": "a\x00b"}
        told = app.post("/ui/api/threads/t/runs", asked, headers=HEADERS)
        kinds = {"content-type": "text/" + "a" * 200, **HEADERS}
        file = app.http.post("/ui/api/threads/t/files?mount=echo", content=b"x", headers=kinds)
        paths = ("/ui/api/threads/%00", "/ui/api/threads?q=%00", "/threads/%00", "/runs/%00")
        answers = [app.http.get(path, headers=HEADERS).status_code for path in paths]

    assert "event: end" in told.text
    assert file.status_code == 415
    assert answers == [404, 422, 404, 404]
