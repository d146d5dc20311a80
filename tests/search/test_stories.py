"""The stories US-2 and US-3: index a documentation site fast, and serve it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from command_line import command, environment
from pilothouse.cli.main import run
from pilothouse.search import Index, build_index, crawl, split
from search_world import Site, documents, linking
from servers import free_port

TEXTS = {
    "serve": "A deployment scales its replicas with the requests that are going on.",
    "data": "A dataset is read in blocks, which tasks transform in parallel.",
    "tune": "A trial tries one choice of hyperparameters and reports its loss.",
}


@pytest.fixture
def docs(site: Site) -> Site:
    """A documentation site of a start page and three others."""
    site.pages = {
        "/en/latest/": linking("Ray", *TEXTS, text="Welcome to the documentation."),
        **{f"/en/latest/{name}": linking(name, text=text) for name, text in TEXTS.items()},
    }
    return site


def test_a_site_is_indexed_as_the_story_says_and_saved(docs: Site, tmp_path: Path) -> None:
    chunks = split(crawl(f"{docs.url}/en/latest/", max_depth=2, private=True))
    index = Index.build(chunks, embedder="local")
    sharded = build_index(chunks, embedder="local", shards=8, backend="serial")
    index.save(tmp_path / "faiss_index.db")

    loaded = Index.load(tmp_path / "faiss_index.db")

    assert len(loaded) == 4
    for one in (loaded, sharded):
        [hit] = one.search("autoscaling of replicas", 1)
        assert hit.source == f"{docs.url}/en/latest/serve"
    assert loaded.as_langchain_vectorstore().similarity_search("hyperparameters", k=1)


@contextmanager
def served(folder: Path, *more: str) -> Iterator[str]:
    """The address of `pilothouse search serve`."""
    process = subprocess.Popen(
        command("search", "serve", str(folder), *(more or ("--port", "0"))),
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stderr is not None
        said = ""
        while not (found := re.search(r"^Serving at (http://\S+)", said, re.MULTILINE)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield found[1]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        process.stderr.read()
        assert process.wait(60) == 0
        process.stderr.close()


@pytest.mark.slow
def test_the_commands_of_both_stories_do_the_same(
    docs: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "ix")
    url = f"{docs.url}/en/latest/"

    built = run(["index", "build", url, "--depth", "2", "--shards", "8", "--backend", "process",
                 "--workers", "2", "--private", "-e", "hash:256", "-o", folder])  # fmt: skip
    assert built == 0, capsys.readouterr().err
    docs.pages["/en/latest/tune"] = linking("tune", text="Zebras graze at dawn.")
    capsys.readouterr()
    assert run(["index", "update", folder, "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)
    assert (changes["added"], changes["removed"], changes["unchanged"]) == (1, 1, 3)
    assert run(["index", "show", folder]) == 0
    assert "hash:256" in capsys.readouterr().out
    assert run(["search", "query", folder, "zebras at dawn", "-k", "1", "--mode", "hybrid"]) == 0
    assert "Zebras graze" in capsys.readouterr().out

    with served(tmp_path / "ix") as address:
        found = httpx.get(f"{address}/search", params={"query": "blocks of a dataset"}).json()

    assert found == f"From http://{url}data\n\n# data\n\n{TEXTS['data']}\n====\n\n"


@pytest.mark.slow
def test_ray_serve_answers_as_the_story_says(tmp_path: Path) -> None:
    pytest.importorskip("ray.serve")
    Index.build(split(documents()), "hash:256").save(tmp_path / "ix")

    with served(tmp_path / "ix", "--ray", "--port", str(free_port())) as address:
        found = httpx.get(f"{address}/search", params={"query": "forgotten password"}).json()
        body = {"query": "forgotten password", "k": 1}
        structured = httpx.post(f"{address}/v1/search", json=body).json()

    assert found.startswith("From http://accounts.md\n\nReset a forgotten password")
    assert structured["results"][0]["source"] == "accounts.md"


def test_an_index_is_measured_by_command_and_the_gate_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, questions = str(tmp_path / "ix"), tmp_path / "q.jsonl"
    for name, text in TEXTS.items():
        (tmp_path / "docs").mkdir(exist_ok=True)
        (tmp_path / "docs" / f"{name}.md").write_text(text)
    lines = [{"query": text, "relevant": [f"{name}.md"]} for name, text in TEXTS.items()]
    questions.write_text("\n".join(map(json.dumps, lines)))
    assert run(["index", "build", str(tmp_path / "docs"), "-o", folder, "-e", "hash:256"]) == 0
    ask = ["search", "eval", folder, "--qrels", str(questions), "-k", "1"]

    assert run([*ask, "--report", str(tmp_path / "r.json"), "--at-least", "mmr:mrr@1=1"]) == 0
    assert "recall@1" in capsys.readouterr().out
    worse = json.loads((tmp_path / "r.json").read_text())
    assert run([*ask, "--baseline", str(tmp_path / "r.json")]) == 0
    questions.write_text(questions.read_text().replace("tune.md", "nothing.md"))
    assert run([*ask, "--at-least", "mmr:mrr@1=0.9"]) == 1
    assert "mmr: mrr@1 is 0.667, below 0.9" in capsys.readouterr().err
    assert worse["questions"] == 3


def test_mistakes_of_people_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("words")
    folder, text = str(tmp_path / "ix"), str(tmp_path / "a.txt")
    assert run(["index", "build", text, "-o", folder, "-e", "hash:8"]) == 0

    for arguments, said in (
        (["index", "build", "nowhere", "-o", folder], "there is no file 'nowhere'"),
        (["index", "build", text, "-o", folder, "-e", "small"], "does not say who serves it"),
        (["index", "build", "http://localhost:1/", "-o", folder], "is a private address"),
        (["index", "build", text, "-o", str(tmp_path)], "holds other things"),
        (["index", "show", str(tmp_path / "no")], "no such folder"),
        (["search", "query", folder, "x", "--filter", "{"], "Expecting property name"),
        (["search", "query", folder, "x", "-e", "hash:9"], "not by hash:9"),
        (["search", "serve", folder, "--host", "0.0.0.0"], "no key is asked for"),
        (["search", "eval", folder, "--qrels", text], "a.txt:1: give"),
    ):
        capsys.readouterr()
        assert run(arguments) == 1, arguments
        lines = [line for line in capsys.readouterr().err.splitlines() if "pilothouse: " in line]
        assert len(lines) == 1
        assert said in lines[0]
