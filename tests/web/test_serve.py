"""Serving the browser app, asked over HTTP as a browser would."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pilothouse.platform.web.serve import mount_web

SCRIPT = "document.title = 'early';"
INDEX = f"""<!doctype html><html><head><base href="/" />
<meta name="csp-nonce" content="" /><script>{SCRIPT}</script>
<script type="module" src="./assets/index-abc.js"></script></head><body></body></html>"""


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "icon.svg").write_text("<svg/>")
    (folder / ".stamp").write_text("abc")
    (folder / "assets" / "index-abc.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def client_of(static: Path, root_path: str = "") -> TestClient:
    app = FastAPI()

    @app.get("/api/v1/projects")
    def projects() -> dict[str, str]:
        return {"is": "the api"}

    mount_web(app, static)
    return TestClient(app, root_path=root_path)


def test_hashed_assets_are_kept_for_a_year(static: Path) -> None:
    answer = client_of(static).get("/assets/index-abc.js")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_every_page_address_answers_with_the_index_asked_anew_each_time(static: Path) -> None:
    client = client_of(static)

    for path in ("/", "/p/support-agent/traces", "/settings/prices"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<!doctype html>" in answer.text
        assert answer.headers["cache-control"] == "no-cache"


def test_a_new_build_is_served_without_a_restart(static: Path) -> None:
    client = client_of(static)
    client.get("/")

    (static / "index.html").write_text(INDEX.replace("index-abc", "index-def"))

    assert "index-def" in client.get("/").text


def test_the_base_is_the_prefix_under_which_the_server_stands(static: Path) -> None:
    assert '<base href="/" />' in client_of(static).get("/").text
    assert '<base href="/tools/ph/" />' in client_of(static, "/tools/ph").get("/").text


def test_a_prefix_cannot_break_out_of_the_base_tag(static: Path) -> None:
    text = client_of(static, '/"><script>').get("/").text

    assert '<base href="/&quot;&gt;&lt;script&gt;/" />' in text


def test_only_the_inline_script_and_own_files_may_run(static: Path) -> None:
    answer = client_of(static).get("/")

    policy = answer.headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe-inline" not in policy


def test_the_nonce_for_styles_differs_from_answer_to_answer(static: Path) -> None:
    client = client_of(static)

    policies = {client.get("/").headers["content-security-policy"] for _ in range(3)}

    assert len(policies) == 3


def test_unknown_api_paths_stay_404(static: Path) -> None:
    client = client_of(static)

    assert client.get("/api/v1/nothing").status_code == 404
    assert client.get("/v1/nothing").status_code == 404
    assert client.get("/assets/gone.js").status_code == 404
    assert client.get("/api/v1/projects").json() == {"is": "the api"}


def test_what_is_written_to_an_unknown_address_is_told_404_and_by_a_wrong_method_405(
    static: Path,
) -> None:
    client = client_of(static)

    for path in ("/v1/trace", "/api/v1/nothing", "/nothing"):
        assert [client.post(path).status_code, client.delete(path).status_code] == [404, 404]
    assert client.post("/api/v1/projects").status_code == 405
    assert client.head("/").status_code == 405


@pytest.mark.parametrize("path", ["/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/.stamp"])
def test_nothing_outside_the_built_folder_and_no_stamp_is_served(static: Path, path: str) -> None:
    answer = client_of(static).get(path)

    assert "secret" not in answer.text
    assert answer.text != "abc"


def test_an_app_that_was_not_built_answers_503_and_says_why(tmp_path: Path) -> None:
    client = client_of(tmp_path / "nowhere")

    answer = client.get("/p/support-agent/traces")

    assert answer.status_code == 503
    assert "PILOTHOUSE_UI=skip" in answer.text
    assert client.get("/api/v1/projects").status_code == 200
