"""The documentation says what the code does: registries are documented, code blocks hold."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path
from types import ModuleType

import pytest

from pilothouse.cli.main import COMMANDS
from pilothouse.detectors import DETECTORS
from pilothouse.filters import FIELDS
from pilothouse.platform import errors
from pilothouse.platform.settings import PREFIX, Settings
from servers import ServerProcess

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
_BLOCK = re.compile(
    r"^(?P<mark><!-- runnable -->\n)?^(?P<dent> *)```(?P<language>\w+)\n(?P<code>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code on a page."""

    page: Path
    line: int
    language: str
    code: str
    runnable: bool

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in _BLOCK.finditer(text):
            dent = len(found["dent"])
            yield Block(
                page=page,
                line=text.count("\n", 0, found.start("code")) + 1,
                language=found["language"],
                code="".join(line[dent:] for line in found["code"].splitlines(keepends=True)),
                runnable=found["mark"] is not None,
            )


BLOCKS = list(blocks())


def of_language(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script that writes the generated parts of pages."""
    spec = util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- what the code knows stands in the reference


def test_every_setting_is_documented() -> None:
    page = text_of("reference/settings.md")

    names = [field.name for field in dataclasses.fields(Settings)]

    assert [name for name in names if f"`{PREFIX}{name.upper()}`" not in page] == []


def test_every_command_is_documented() -> None:
    page = text_of("reference/cli.md")

    assert [name for name in COMMANDS if f"## pilothouse {name}\n" not in page] == []


def test_every_field_of_the_filter_language_is_documented() -> None:
    page = text_of("reference/filter-language.md")

    assert [name for name in FIELDS if f"| `{name}` |" not in page] == []


def test_every_error_code_is_documented() -> None:
    page = text_of("reference/errors.md")
    known = [
        each.code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.ApiError)
    ]

    assert [code for code in known if f"| `{code}` |" not in page] == []


def test_every_builtin_of_masking_is_documented() -> None:
    page = text_of("how-to/mask-data.md")

    assert [name for name in DETECTORS if f"| `{name}` |" not in page] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if "<!-- generated:" in page.read_text("utf-8")], ids=str
)
def test_generated_parts_are_up_to_date(page: Path, generate: ModuleType) -> None:
    """Run `python docs/generate.py` when this fails."""
    text = page.read_text("utf-8")

    assert generate.rewritten(text) == text


def test_every_extra_that_a_page_names_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = set(project["optional-dependencies"])
    named = {
        extra
        for page in PAGES
        for extras in re.findall(r"(?:pilothouse|\.)\[([\w,-]+)\]", page.read_text("utf-8"))
        for extra in extras.split(",")
    }

    assert named - known == set()


def test_every_page_stands_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")]

    missing = [page for page in pages if page not in navigation and "decisions/" not in page]

    assert missing == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


# ---- code blocks hold what they promise


@pytest.mark.parametrize("block", of_language("python"), ids=lambda block: block.name)
def test_python_blocks_parse(block: Block) -> None:
    # Top-level await is for notebooks and asyncio's own prompt; no page uses it.
    ast.parse(block.code)


@pytest.mark.parametrize("block", of_language("json"), ids=lambda block: block.name)
def test_json_blocks_parse(block: Block) -> None:
    json.loads(block.code)


@pytest.mark.parametrize("block", of_language("toml"), ids=lambda block: block.name)
def test_toml_blocks_parse(block: Block) -> None:
    tomllib.loads(block.code)


@pytest.mark.parametrize("block", of_language("bash", "sh"), ids=lambda block: block.name)
def test_shell_blocks_parse(block: Block) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=block.code, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


COMMAND_LINES = [
    (block.name, line.strip())
    for block in of_language("bash", "sh")
    for line in block.code.replace("\\\n", " ").splitlines()
    if line.strip().startswith("pilothouse ")
]


@pytest.mark.parametrize(("name", "line"), COMMAND_LINES, ids=str)
def test_commands_on_pages_exist_with_their_options(name: str, line: str) -> None:
    import shlex

    from typer.main import get_command

    words = shlex.split(line, comments=True)[1:]
    command = get_command(import_module(f"pilothouse.cli.{words[0]}").app)
    rest = words[1:]
    if subcommands := getattr(command, "commands", None):
        command, rest = subcommands[rest[0]], rest[1:]

    context = command.make_context(line, rest, resilient_parsing=False)

    assert context.command is command


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    running = ServerProcess(tmp_path_factory.mktemp("docs") / "data", "--demo").start()
    yield running
    running.stop()


RUNNABLE = [block for block in BLOCKS if block.runnable]


@pytest.mark.slow
@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: block.name)
def test_runnable_blocks_run(block: Block, server: ServerProcess, tmp_path: Path) -> None:
    program = {"python": [sys.executable, "-c"], "bash": ["bash", "-euc"]}[block.language]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PILOTHOUSE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"

    done = subprocess.run(
        [*program, block.code.replace("http://localhost:8484", server.url)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_tutorial_ends_with_the_trace_that_it_promises(
    server: ServerProcess, tmp_path: Path
) -> None:
    [program] = [block for block in RUNNABLE if block.page.name == "first-trace.md"]
    code = program.code.replace("http://localhost:8484", server.url)

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    [trace, *_] = server.get("/api/v1/traces?project=first-steps")["items"]

    assert done.stdout == "Order 48213 is delivered.\n"
    assert f"`{done.stdout.strip()}`" in program.page.read_text("utf-8")
    assert (trace["name"], trace["session_id"], trace["user_id"]) == (
        "ticket",
        "conversation-1",
        "ada",
    )
    assert set(trace["kinds"]) == {"chain", "agent", "tool", "llm"}


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "index.html").exists()
