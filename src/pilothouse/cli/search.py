"""pilothouse search: serve an index, ask it, and measure how well it answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilothouse.cli.index import EMBEDDER, FOLDER, telling
from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.search.quality import QualityReport, Regression

app = new_app("Search an index of documents.")
RERANK = typer.Option(
    metavar="SPEC", help="What orders the best anew: cross-encoder:FOLDER or llm:NAME@URL."
)


class Mode(StrEnum):
    """How to search."""

    SIMILARITY = "similarity"
    MMR = "mmr"
    LEXICAL = "lexical"
    HYBRID = "hybrid"


@app.command()
def serve(
    folder: Annotated[Path, FOLDER],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8000,
    embedder: Annotated[str | None, EMBEDDER] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="A file of keys, one a line; one has to be sent.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let others ask without a key.")
    ] = False,
    rerank: Annotated[str | None, RERANK] = None,
    answer_model: Annotated[
        str | None, typer.Option(help="The model that /v1/answer asks; without, it answers 403.")
    ] = None,
    answer_url: Annotated[
        str, typer.Option(help="An OpenAI-compatible address, the gateway as a rule.")
    ] = "http://localhost:8484/v1",
    answer_key_env: Annotated[
        str | None, typer.Option(help="The environment variable that has its key.")
    ] = None,
    writable: Annotated[
        bool, typer.Option("--writable", help="Let clients change the index over HTTP.")
    ] = False,
    project: Annotated[
        str, typer.Option(help="The project that traces of questions go to.")
    ] = "search",
    trace: Annotated[
        bool, typer.Option("--trace/--no-trace", help="Whether questions are traced.")
    ] = True,
    ray: Annotated[bool, typer.Option("--ray", help="Serve it on a Ray cluster.")] = False,
    ray_address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="auto, local or HOST:PORT.")
    ] = "local",
) -> None:
    """Serve an index: a page, /search, /v1/search, /v1/answer, /v1/index, /healthz and /metrics.

    An index that is saved to the same folder is taken over within seconds. Traces go to
    PILOTHOUSE_ENDPOINT.

    Example: pilothouse search serve ray.index --port 8000
    """
    with telling("search serve"):
        from pilothouse.search import as_reranker, serve_index
        from pilothouse.search.answering import Answerer

        answerer = None
        if answer_model is not None:
            key = None if answer_key_env is None else _secret(answer_key_env)
            answerer = Answerer(answer_model, answer_url, api_key=key)
        if trace and not ray:
            import pilothouse

            pilothouse.init(project=project, instrument=False)

        serve_index(
            folder,
            backend="ray" if ray else "local",
            host=host,
            port=port,
            embedder=embedder,
            keys=() if key_file is None else _keys(key_file),
            insecure=insecure,
            address=ray_address,
            rerank=None if rerank is None else as_reranker(rerank),
            answerer=answerer,
            writable=writable,
        )


@app.command()
def query(
    folder: Annotated[Path, FOLDER],
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many chunks.")] = 4,
    mode: Annotated[Mode, typer.Option(help="By meaning, words, or both.")] = Mode.SIMILARITY,
    filter_text: Annotated[
        str | None, typer.Option("--filter", help="A filter on metadata, as JSON.")
    ] = None,
    rerank: Annotated[str | None, RERANK] = None,
    embedder: Annotated[str | None, EMBEDDER] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Ask an index a question.

    Example: pilothouse search query ray.index "How do I autoscale a deployment?" --mode hybrid
    """
    import json
    from dataclasses import asdict

    with telling("search query"):
        from pilothouse.search import Index, as_reranker

        chosen = None if filter_text is None else json.loads(filter_text)
        reranker = None if rerank is None else as_reranker(rerank)
        index = Index.load(folder, embedder)
        hits = index.search(question, k, mode=mode.value, filter=chosen, rerank=reranker)
    if as_json:
        print_json([asdict(hit) for hit in hits])
        return
    if not hits:
        say("nothing was found")
    for hit in hits:
        typer.echo(f"{hit.source}  ({hit.score:.3f})\n{hit.text.strip()}\n")


@app.command(name="eval")
def evaluate(
    folder: Annotated[Path, FOLDER],
    qrels: Annotated[
        Path, typer.Option(help='Questions, JSONL: {"query": …, "relevant": [ids or sources]}.')
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many documents count.")] = 10,
    mode: Annotated[list[Mode] | None, typer.Option(help="Only this mode; again for more.")] = None,
    rerank: Annotated[str | None, RERANK] = None,
    embedder: Annotated[str | None, EMBEDDER] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier report: fail where this one is worse.")
    ] = None,
    min_effect: Annotated[
        float, typer.Option(min=0, help="With --baseline: drops up to this pass.")
    ] = 0.0,
    at_least: Annotated[
        list[str] | None,
        typer.Option(help="Fail below this, as in hybrid:recall@10=0.8; again for more."),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Measure how well an index answers questions whose answers are known.

    Exits by 1 where it is worse than the baseline beyond chance, or below what was asked for.

    Example: pilothouse search eval ray.index --qrels questions.jsonl --at-least mmr:recall@10=0.8
    """
    import json

    with telling("search eval"):
        from pilothouse.search import Index, as_reranker, quality
        from pilothouse.search.models import MODES
        from pilothouse.search.models import Mode as Known

        questions = quality.read_questions(qrels)
        before = None if baseline is None else json.loads(baseline.read_bytes())
        chosen: list[Known] = [one.value for one in mode] if mode else list(MODES)
        reranker = None if rerank is None else as_reranker(rerank)
        index = Index.load(folder, embedder)
        found = quality.evaluate(index, questions, k=k, modes=chosen, rerank=reranker)
        worse = [] if before is None else quality.regressions(found, before, min_effect=min_effect)
        low = _below(found, at_least or [])
    if report is not None:
        report.write_text(json.dumps(found.document(), indent=2) + "\n", "utf-8")
    if as_json:
        print_json(found.document())
    else:
        _show(found)
    for one in worse:
        say(_told(one))
    for line in low:
        say(line)
    if worse or low:
        raise typer.Exit(1)


def _show(found: QualityReport) -> None:
    names = [f"{metric}@{found.k}" for metric in ("recall", "mrr", "ndcg")]
    rows = [
        {
            "mode": one.mode,
            **{
                name: f"{m.mean:.3f}" + ("" if m.low is None else f" ({m.low:.3f}–{m.high:.3f})")  # noqa: RUF001 - a range
                for name, m in one.metrics.items()
            },
            "p50_ms": round(one.latency_ms["p50"], 2),
            "p95_ms": round(one.latency_ms["p95"], 2),
        }
        for one in found.modes
    ]
    print_table(["mode", *names, "p50_ms", "p95_ms"], rows)
    say(f"{found.questions} questions; intervals of 95 percent")


def _below(found: QualityReport, wanted: list[str]) -> list[str]:
    """What does not reach what was asked for. Raises ValueError for what was not measured."""
    lines = []
    for one in wanted:
        name, _, least = one.rpartition("=")
        mode, _, metric = name.partition(":")
        means = {
            (report.mode, key): measured.mean
            for report in found.modes
            for key, measured in report.metrics.items()
        }
        if (mode, metric) not in means:
            known = ", ".join(f"{a}:{b}" for a, b in means)
            raise ValueError(f"--at-least {one}: there is {known}")
        mean = means[mode, metric]  # type: ignore[index] # it is a key, as was looked up
        if mean < float(least):
            lines.append(f"{mode}: {metric} is {mean:.3f}, below {float(least):g}")
    return lines


def _told(one: Regression) -> str:
    return (
        f"{one.mode}: {one.metric} fell from {one.before:.3f} to {one.now:.3f} "
        f"(change {one.low:+.3f} to {one.high:+.3f})"
    )


def _secret(name: str) -> str:
    """What an environment variable holds."""
    import os

    found = os.environ.get(name, "").strip()
    if not found:
        raise Failure(f"the environment variable {name} is not set")
    return found


def _keys(path: Path) -> list[str]:
    """Keys, one a line; empty lines and those that begin with # are left out."""
    keys = [line.strip() for line in path.read_text("utf-8").splitlines()]
    keys = [key for key in keys if key and not key.startswith("#")]
    if not keys:
        raise Failure(f"{path}: there is no key in it")
    return keys
