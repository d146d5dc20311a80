"""Building the browser app: when it is built, with what, and how it fails."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import build_ui
import pytest

ROOT = Path(__file__).parents[2]

FAKE_NODE = """#!{python}
import json, pathlib, sys
if sys.argv[1] == "-e":
    print(json.dumps(["{version}", __file__]))
elif sys.argv[1].endswith("npm-cli.js"):
    pathlib.Path("installed").write_text(" ".join(sys.argv[2:]))
else:
    {build}
"""
GOOD_BUILD = """
    import os
    out = pathlib.Path(os.environ["PILOTHOUSE_UI_OUT"]); out.mkdir(parents=True)
    name = "chat.html" if "vite.chat.config.ts" in sys.argv else "index.html"
    (out / name).write_text("built " + pathlib.Path("src/main.tsx").read_text())
"""
BAD_BUILD = """
    import os
    out = pathlib.Path(os.environ["PILOTHOUSE_UI_OUT"]); out.mkdir(parents=True)
    (out / "half.js").write_text("half")
    print("\\x1b[31merror during build:\\x1b[0m"); print("Could not resolve './gone'")
    print("    at load (node.js:1:1)"); sys.exit(1)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with an app of one file."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "src/main.tsx").write_text("one")
    (web / "package.json").write_text("{}")
    (web / "package-lock.json").write_text('{"packages": {"": {}}}')
    for folder in (build_ui.BUILT, build_ui.CHAT):
        (tmp_path / folder).parent.mkdir(parents=True)
    return tmp_path


def fake_node(folder: Path, version: str = "24.1.0", build: str = GOOD_BUILD) -> Path:
    (folder / "bin").mkdir(parents=True)
    npm = folder / "lib/node_modules/npm/bin/npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.touch()
    node = folder / "bin/node"
    node.write_text(FAKE_NODE.format(python=sys.executable, version=version, build=build.strip()))
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    return node


def environment(node: Path | None = None, **more: str) -> dict[str, str]:
    named = {"PILOTHOUSE_NODE": str(node)} if node else {}
    return {"PATH": os.devnull, **named, **more}


def built_index(root: Path) -> str:
    return (root / build_ui.BUILT / "index.html").read_text()


def test_the_first_build_installs_builds_and_leaves_a_stamp(root: Path, tmp_path: Path) -> None:
    node = fake_node(tmp_path / "node")

    built = build_ui.ensure(root, environment(node))

    assert built == root / build_ui.BUILT
    assert built_index(root) == "built one"
    assert "--omit=dev" in (root / "web/installed").read_text()
    assert (built / build_ui.STAMP).read_text().strip() == build_ui.stamp_of(root / "web")


def test_an_equal_stamp_needs_neither_node_nor_npm(root: Path, tmp_path: Path) -> None:
    build_ui.ensure(root, environment(fake_node(tmp_path / "node")))

    assert build_ui.requirements(root, environment()) == []
    assert build_ui.ensure(root, environment()) == root / build_ui.BUILT


def test_a_changed_source_builds_again(root: Path, tmp_path: Path) -> None:
    node = fake_node(tmp_path / "node")
    build_ui.ensure(root, environment(node))
    (root / "web/src/main.tsx").write_text("two")

    assert not build_ui.is_settled(root, environment())
    build_ui.ensure(root, environment(node))

    assert built_index(root) == "built two"


def test_a_changed_test_of_the_app_builds_nothing(root: Path, tmp_path: Path) -> None:
    build_ui.ensure(root, environment(fake_node(tmp_path / "node")))

    (root / "web/src/main.test.ts").write_text("test")

    assert build_ui.is_settled(root, environment())


def test_renaming_a_source_changes_the_stamp(root: Path) -> None:
    before = build_ui.stamp_of(root / "web")

    (root / "web/src/main.tsx").rename(root / "web/src/other.tsx")

    assert build_ui.stamp_of(root / "web") != before


def test_force_builds_in_any_case_and_skip_never(root: Path, tmp_path: Path) -> None:
    node = fake_node(tmp_path / "node")
    build_ui.ensure(root, environment(node))

    assert not build_ui.is_settled(root, environment(PILOTHOUSE_UI="force"))
    assert build_ui.ensure(root, environment(PILOTHOUSE_UI="skip")) is None
    assert build_ui.requirements(root, environment(PILOTHOUSE_UI="skip")) == []


def test_a_mode_that_does_not_exist_is_refused(root: Path) -> None:
    with pytest.raises(build_ui.UiBuildError, match="'auto', 'skip' or 'force'"):
        build_ui.ensure(root, environment(PILOTHOUSE_UI="no"))


def test_a_packaged_node_is_asked_for_only_where_none_is_on_hand(
    root: Path, tmp_path: Path
) -> None:
    node = fake_node(tmp_path / "node")

    assert build_ui.requirements(root, environment()) == [build_ui.NODE_REQUIREMENT]
    assert build_ui.requirements(root, environment(node)) == []
    assert build_ui.requirements(root, {"PATH": str(node.parent)}) == []


def test_an_old_node_and_one_without_npm_are_passed_over(tmp_path: Path) -> None:
    old = fake_node(tmp_path / "old", version="20.20.2")
    bare = fake_node(tmp_path / "bare")
    (tmp_path / "bare/lib/node_modules/npm/bin/npm-cli.js").unlink()

    assert build_ui.probe(str(old)) is None
    assert build_ui.probe(str(bare)) is None
    assert build_ui.probe(str(tmp_path / "nowhere")) is None


def test_a_named_node_that_is_none_is_an_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(build_ui.UiBuildError, match="PILOTHOUSE_NODE"):
        build_ui.ensure(root, environment(tmp_path / "nowhere"))


def test_a_failed_build_leaves_the_old_app_and_says_why_on_one_screen(
    root: Path, tmp_path: Path
) -> None:
    build_ui.ensure(root, environment(fake_node(tmp_path / "good")))
    (root / "web/src/main.tsx").write_text("two")
    bad = fake_node(tmp_path / "bad", build=BAD_BUILD)

    with pytest.raises(build_ui.UiBuildError) as caught:
        build_ui.ensure(root, environment(bad))

    message = str(caught.value)
    assert "Could not resolve './gone'" in message
    assert "\x1b" not in message
    assert "    at load" not in message
    assert "PILOTHOUSE_UI=skip" in message
    assert len(message.splitlines()) <= 24
    assert built_index(root) == "built one"
    assert not build_ui.is_settled(root, environment())
    assert not list((root / build_ui.BUILT).parent.glob("static.*"))


def test_developers_keep_their_tools_when_everything_is_installed(
    root: Path, tmp_path: Path
) -> None:
    web = root / "web"
    locked = {
        "": {},
        "node_modules/react": {"version": "19.3.1"},
        "node_modules/vitest": {"version": "5.1.1", "dev": True},
        "node_modules/@rolldown/binding-win32": {"version": "1.0.0", "optional": True},
    }
    write_lock(web / "package-lock.json", locked)
    (web / "node_modules").mkdir()
    write_lock(
        web / "node_modules/.package-lock.json",
        {"node_modules/react": locked["node_modules/react"]},
    )

    assert build_ui.is_installed(web)
    build_ui.ensure(root, environment(fake_node(tmp_path / "node")))
    assert not (web / "installed").exists()

    locked["node_modules/react"] = {"version": "19.3.2"}
    write_lock(web / "package-lock.json", locked)
    assert not build_ui.is_installed(web)


def write_lock(path: Path, packages: dict[str, Any]) -> None:
    path.write_text(json.dumps({"packages": packages}))


def test_the_lock_file_names_the_native_parts_of_every_platform() -> None:
    packages = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))["packages"]
    known = {path.rpartition("node_modules/")[2] for path in packages}

    wanted = {
        name for package in packages.values() for name in package.get("optionalDependencies", {})
    }

    assert sorted(wanted - known) == []


def test_the_lock_file_names_no_registry() -> None:
    text = (ROOT / "web/package-lock.json").read_text("utf-8")

    assert '"resolved"' not in text


def test_what_the_build_needs_is_a_dependency_and_pinned() -> None:
    package = json.loads((ROOT / "web/package.json").read_text("utf-8"))

    assert {"react", "vite", "@vitejs/plugin-react"} <= package["dependencies"].keys()
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values())
    assert len({v for n, v in package["dependencies"].items() if n.startswith("@mantine/")}) == 1
