"""pilothouse index: build an index of documents, keep it up to date, look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.search import Chunk, Index
    from pilothouse.search.embedding import EmbedderLike

app = new_app(
    "Build an index of documents, and keep it up to date.\n\n"
    "SOURCE is a web address, a file, a folder or a pattern ('docs/**/*.{md,pdf}')."
)
EMBEDDER = typer.Option(
    "--embedder", "-e", help="local, openai:NAME, NAME@URL or hash:384; else PILOTHOUSE_EMBEDDER."
)
FOLDER = typer.Argument(help="The folder of the index.")


class Method(StrEnum):
    """How documents are cut."""

    RECURSIVE = "recursive"
    MARKDOWN = "markdown"
    SENTENCE = "sentence"
    CODE = "code"
    TOKENS = "tokens"
    SEMANTIC = "semantic"


class Kind(StrEnum):
    """How an index is searched."""

    AUTO = "auto"
    EXACT = "exact"
    HNSW = "hnsw"


class Backend(StrEnum):
    """Who embeds."""

    SERIAL = "serial"
    PROCESS = "process"
    RAY = "ray"


TOKENS = (250, 30)
"""Size and overlap of chunks in tokens: the local model reads 256, two of them its own marks."""
DEPTH = typer.Option(min=1, help="Of a site: 1 is the page alone, 2 those it links to as well.")
METHOD = typer.Option(help="How documents are cut.")
SIZE = typer.Option(min=1, help="Characters of a chunk; with --method tokens, tokens.")
OVERLAP = typer.Option(min=0, help="As many of these a chunk shares with the one before.")
RATE = typer.Option(min=0.01, help="Requests a second to one host.")
IGNORE_ROBOTS = typer.Option("--ignore-robots", help="Read what robots.txt forbids.")
PRIVATE = typer.Option("--private", help="Read from this machine and its network as well.")
EXTRACTOR = typer.Option(help="How HTML becomes text: main, or soup_text for all of it.")
STRICT = typer.Option("--strict", help="Stop at a document that cannot be read.")


@app.command()
def build(
    sources: Annotated[list[str], typer.Argument(help="What to read.", metavar="SOURCE...")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")],
    embedder: Annotated[str | None, EMBEDDER] = None,
    depth: Annotated[int, DEPTH] = 2,
    method: Annotated[Method, METHOD] = Method.RECURSIVE,
    size: Annotated[int | None, SIZE] = None,
    overlap: Annotated[int | None, OVERLAP] = None,
    kind: Annotated[Kind, typer.Option(help="How it is searched.")] = Kind.AUTO,
    shards: Annotated[int, typer.Option(min=1, help="In how many parts it is embedded.")] = 8,
    backend: Annotated[Backend, typer.Option(help="Who embeds.")] = Backend.SERIAL,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; else one a core.")] = None,
    ray: Annotated[
        str | None,
        typer.Option("--ray-address", metavar="ADDRESS", help="auto, local or HOST:PORT."),
    ] = None,
    on_ray: Annotated[bool, typer.Option("--ray", help="Embed on a Ray cluster.")] = False,
    resume: Annotated[
        Path | None, typer.Option(help="A folder where finished parts wait for the next try.")
    ] = None,
    rate: Annotated[float, RATE] = 10.0,
    ignore_robots: Annotated[bool, IGNORE_ROBOTS] = False,
    private: Annotated[bool, PRIVATE] = False,
    extractor: Annotated[str, EXTRACTOR] = "main",
    strict: Annotated[bool, STRICT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Read documents, cut and embed them, and write an index.

    Example: pilothouse index build https://docs.ray.io/en/latest/ --depth 2 --out ray.index
    """
    import time

    with telling("index build"):
        from pilothouse.search import build_index

        started = time.perf_counter()
        usual_size, usual_overlap = TOKENS if method is Method.TOKENS else (4000, 200)
        about = {
            "sources": sources, "depth": depth, "method": method.value,
            "size": usual_size if size is None else size,
            "overlap": usual_overlap if overlap is None else overlap,
            "rate": rate, "respect_robots": not ignore_robots,
            "private": private, "extractor": extractor,
        }  # fmt: skip
        chunks = _chunks(about, embedder, strict=strict)
        say(f"{len(chunks)} chunks")
        found = build_index(
            chunks,
            embedder,
            shards=shards,
            backend="ray" if on_ray or ray else backend.value,
            workers=workers,
            address=ray or "local",
            resume=resume,
            kind=kind.value,
            progress=lambda done, of: say(f"embedded {done} of {of}"),
            about=about,
        )
        found.save(out)
        say(f"{out}: {len(found)} chunks in {time.perf_counter() - started:.1f} s")
    if as_json:
        print_json(_facts(found))


@app.command()
def update(
    folder: Annotated[Path, FOLDER],
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="What to read; else what it was built of.", metavar="[SOURCE]..."),
    ] = None,
    embedder: Annotated[str | None, EMBEDDER] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep documents that are not there any more.")
    ] = False,
    strict: Annotated[bool, STRICT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Read the documents again, and embed what changed.

    They are read and cut as they were when the index was built. Documents that are gone are
    removed, unless SOURCE says that only some were read.

    Example: pilothouse index update ray.index
    """
    from dataclasses import asdict

    with telling("index update"):
        from pilothouse.search import Index
        from pilothouse.search.index.folder import changing

        with changing(folder):
            index = Index.load(folder, embedder)
            if not index.about.get("sources") and not sources:
                raise Failure(f"{folder} does not say what it was built of: name the sources")
            about = {**index.about, **({"sources": sources} if sources else {})}
            model = index.embedder if about.get("method") == "semantic" else None
            chunks = _chunks(about, model, strict=strict)
            changes = index.update(chunks, complete=not sources and not keep)
            index.save(folder)
    if as_json:
        print_json(asdict(changes))
        return
    typer.echo(
        f"{changes.added} added ({changes.reused} without embedding), {changes.removed} removed, "
        f"{changes.unchanged} unchanged"
    )


@app.command()
def show(
    folder: Annotated[Path, FOLDER],
    sources: Annotated[bool, typer.Option("--sources", help="List its documents.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say what an index holds, after comparing its checksums.

    Example: pilothouse index show ray.index
    """
    with telling("index show"):
        from pilothouse.search import Index

        index = Index.load(folder)
        rows = [{"source": name, "chunks": count} for name, count in index.sources().items()]
    if as_json:
        print_json({**_facts(index), **({"sources": rows} if sources else {})})
    elif sources:
        print_table(["source", "chunks"], rows)
    else:
        print_table(["what", "is"], ({"what": k, "is": v} for k, v in _facts(index).items()))


@contextmanager
def telling(command: str) -> Iterator[None]:
    """One line for a mistake of a person's, what is left out as it is met, and what to install."""
    import warnings

    from pilothouse.evaluation.errors import EvaluationError
    from pilothouse.search.errors import SearchError

    def shown(message: Warning | str, *_: Any, **__: Any) -> None:
        say(" ".join(str(message).split()))

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = shown
        try:
            yield
        except ImportError as e:
            said = str(e) if "pip install" in str(e) else f"{e}: pip install 'pilothouse[search]'"
            raise Failure(f"`pilothouse {command}`: {said}") from e
        except (SearchError, EvaluationError, ValueError) as e:
            raise Failure(str(e)) from e


def _chunks(about: dict[str, Any], embedder: EmbedderLike | None, *, strict: bool) -> list[Chunk]:
    """What sources say, cut as was noted."""
    from pilothouse.search import crawl, load, split
    from pilothouse.search.splitting import cutting

    documents = []
    for source in about["sources"]:
        if source.startswith(("http://", "https://")):
            documents += crawl(
                source,
                about.get("depth", 2),
                rate=about.get("rate", 10.0),
                respect_robots=about.get("respect_robots", True),
                private=about.get("private", False),
                extractor=about.get("extractor", "main"),
                continue_on_failure=not strict,
            )
        else:
            documents += load(source, extractor=about.get("extractor", "main"), strict=strict)
    return split(documents, **cutting(about, embedder))


def _facts(index: Index) -> dict[str, Any]:
    manifest = index.manifest
    assert manifest is not None, "it was loaded or saved"
    return {
        "chunks": manifest.chunk_count,
        "documents": manifest.source_count,
        "embedder": manifest.embedder.id,
        "dimensions": manifest.embedder.dim,
        "kind": manifest.kind,
        "recall": manifest.recall,
        "bytes": sum(file.bytes for file in manifest.files.values()),
        "created_at": manifest.created_at.isoformat(timespec="seconds"),
        "updated_at": manifest.updated_at.isoformat(timespec="seconds"),
        "version": manifest.version,
        "built_of": manifest.about.get("sources"),
    }
