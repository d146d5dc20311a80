"""The text of a web page: its main part as Markdown, or all of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

from pilothouse.evaluation.extras import required
from pilothouse.search.errors import LoadError

Extractor = Callable[[str], str]
"""The HTML of a page → its text."""
_DROPPED: Final = frozenset((
    "-comment", "script", "style", "noscript", "template", "nav", "aside", "footer", "form",
    "button", "svg", "iframe", "head", "select", "input", "textarea", "object", "canvas", "video",
    "audio",
))  # fmt: skip
_BLOCKS: Final = frozenset((
    "p", "div", "section", "article", "main", "ul", "ol", "dl", "dt", "dd", "table", "blockquote",
    "figure", "figcaption", "header", "address", "details", "summary", "hgroup", "fieldset",
    "center",
))  # fmt: skip
_NO_TEXT: Final = frozenset(("-comment", "script", "style", "template"))
_CLOSED_BY_OTHERS: Final = frozenset((
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "path", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
))  # fmt: skip
"""Elements that hold nothing, or end where the next begins."""
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][\w-]*)(?=[\s/>])")  # not the `i<n;` of a script
_DEEPEST: Final = 2_000
_SPACES: Final = re.compile(r"\s+")
_GAPS: Final = re.compile(r"\n{3,}")
_MAIN: Final = ("main", "[role=main]", "article")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read of a web page besides its text."""

    title: str
    description: str
    language: str
    links: tuple[str, ...]
    """Absolute addresses, as they stand there."""
    indexed: bool
    """Whether its author lets it be indexed."""
    followed: bool
    """Whether its author lets its links be followed."""


def main_text(html: str) -> str:
    """The main part of a page as Markdown: headings, lists, code; without navigation."""
    tree = _parsed(html)
    mains = [found for chosen in _MAIN for found in tree.css(chosen)]
    root = mains[0] if mains else tree.body
    if root is None:
        return ""
    text = _Markdown().of(root, headers=bool(mains))
    return text or _Markdown().of(tree.body or root, headers=True)


def plain_text(html: str) -> str:
    """All text of a page as it stands there, as BeautifulSoup's `.text` gives it."""
    tree = _parsed(html)
    pieces: list[str] = []

    def enter(node: Any) -> bool:
        if node.tag == "-text":
            pieces.append(node.text_content or "")
        return node.tag not in _NO_TEXT

    _walk(tree.root, enter, lambda node: None)
    return "".join(pieces)


EXTRACTORS: Final[dict[str, Extractor]] = {"main": main_text, "soup_text": plain_text}


def extractor_of(given: Extractor | str) -> Extractor:
    """The extractor of that name, or the function itself. Raises ValueError for an unknown one."""
    if callable(given):
        return given
    if given not in EXTRACTORS:
        raise ValueError(f"no extractor {given!r}: choose from {', '.join(EXTRACTORS)}")
    return EXTRACTORS[given]


def page_of(html: str, url: str) -> Page:
    """Title, language and links of a page; `url` is where it was."""
    tree = _parsed(html)
    base = _attribute(tree.css_first("base[href]"), "href")
    title = tree.css_first("title")
    robots = _attribute(tree.css_first("meta[name=robots]"), "content").lower()
    links = []
    for node in tree.css("a[href], area[href]"):
        if "nofollow" in (node.attributes.get("rel") or "").lower():
            continue
        try:
            links.append(urljoin(urljoin(url, base), (node.attributes.get("href") or "").strip()))
        except ValueError:
            continue  # [brackets] where a host should be: no link
    return Page(
        title=_SPACES.sub(" ", title.text() if title else "").strip(),
        description=_attribute(tree.css_first("meta[name=description]"), "content"),
        language=_attribute(tree.css_first("html"), "lang"),
        links=tuple(links),
        indexed="noindex" not in robots and "none" not in robots,
        followed="nofollow" not in robots and "none" not in robots,
    )


class _Markdown:
    """Writes a page as it is walked through."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._preformatted = 0

    def of(self, root: Any, *, headers: bool) -> str:
        """Any: selectolax' nodes. `headers`: whether a header is part of the text."""

        def enter(node: Any) -> bool:
            if node.tag in _DROPPED or (node.tag == "header" and not headers):
                return False
            if node.tag == "a" and "headerlink" in (node.attributes.get("class") or ""):
                return False  # the sign beside a heading that leads to itself
            self._enter(node)
            return True

        _walk(root, enter, self._leave)
        lines = "".join(self._out).replace("\xa0", " ").splitlines()
        return _GAPS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()

    def _enter(self, node: Any) -> None:
        tag = node.tag
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag == "pre":
            self._break("\n\n")
            self._out.append("```\n")
            self._preformatted += 1
        elif tag == "br":
            self._out.append("\n")
        elif tag == "li":
            self._break("\n")
            self._out.append("- ")
        elif tag == "tr":
            self._break("\n")
        elif tag in {"td", "th"}:
            if self._out and not self._out[-1].endswith("\n"):
                self._out.append(" | ")
        elif _level(tag):
            self._break("\n\n")
            self._out.append("#" * _level(tag) + " ")
        elif tag in _BLOCKS:
            self._break("\n\n")

    def _leave(self, node: Any) -> None:
        if node.tag == "pre":
            self._preformatted -= 1
            self._break("\n")
            self._out.append("```\n\n")
        elif node.tag in _BLOCKS or _level(node.tag):
            self._break("\n\n")

    def _text(self, text: str) -> None:
        if not self._preformatted:
            text = _SPACES.sub(" ", text)
            if not self._out or self._out[-1].endswith(("\n", " ")):
                text = text.lstrip(" ")
        if text:
            self._out.append(text)

    def _break(self, ending: str) -> None:
        """Ends what stands there by so many ends of lines."""
        last = self._out[-1] if self._out else ending
        if last == "- ":
            return  # what begins in a list's item stays on its line
        missing = len(ending) - (len(last) - len(last.rstrip("\n")))
        if missing > 0:
            self._out.append("\n" * missing)


def _walk(root: Any, enter: Callable[[Any], bool], leave: Callable[[Any], None]) -> None:
    """Goes through all nodes under one, however deep, without recursion."""
    stack: list[tuple[Any, bool]] = [(root, True)]
    while stack:
        node, entering = stack.pop()
        if not entering:
            leave(node)
            continue
        if node is not root and not enter(node):
            continue
        stack.append((node, False))
        child = node.last_child
        while child is not None:
            stack.append((child, True))
            child = child.prev


def _depth(html: str) -> int:
    """How deep elements lie within one another at the most: the parser's time is its square."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for found in _TAG.finditer(html):
        name = found[2].lower()
        if name in _CLOSED_BY_OTHERS:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return deepest


def _level(tag: str | None) -> int:
    """Of h1 to h6 the number, else 0."""
    return int(tag[1]) if tag and len(tag) == 2 and tag[0] == "h" and tag[1] in "123456" else 0


def _attribute(node: Any, name: str) -> str:
    return str((node.attributes.get(name) if node is not None else "") or "").strip()


def _parsed(html: str) -> Any:
    """Any: selectolax brings no types for nodes. Raises LoadError for what would take for ever."""
    if _depth(html) > _DEEPEST:
        raise LoadError(f"elements lie within one another more than {_DEEPEST:,} deep")
    return required("selectolax.lexbor", extra="search").LexborHTMLParser(html)
