"""Secrets and personal data taken out of what is recorded, before anything is written.

    MaskingError    a rule is wrong; the message names it and the place of the mistake

All strings of a span are first searched together, by one RE2 pattern of all rules: a span without
a hit costs that one search. After a hit every string is masked for itself. JSON text is masked
string by string, so that it stays JSON and an escape (`\\n4111…`) cannot hide what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import re2

from pilothouse.detectors import DETECTORS, Detector
from pilothouse.platform.store.points import MetricPoint
from pilothouse.spans import LogRecord, Score, Source

_FIELDS: Final = {"name", "pattern", "builtin", "replacement"}
_MAX_PATTERN_CHARACTERS: Final = 2_000
_LARGE_INTEGER: Final = 10**12  # fewer digits than any card number has


class MaskingError(ValueError):
    """A masking rule that cannot be used."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Rule:
    """What is looked for, and what stands in its place."""

    name: str
    probe: str
    """An RE2 pattern that finds at least all that the rule masks."""
    detector: Detector | None
    """None for a pattern of a user's own: the probe says it all."""
    pattern: Any  # Any: google-re2 has no types; a compiled `probe`
    replacement: str

    def apply(self, text: str) -> str:
        """The text with every find replaced."""
        if self.detector is None:
            finds: Iterable[tuple[int, int]] = (m.span() for m in self.pattern.finditer(text))
        elif self.pattern.search("\n" + text) is None:
            return text
        else:
            finds = self.detector.find(text)
        parts, done = [], 0
        for start, end in finds:
            if start < done or start == end:
                continue
            parts += [text[done:start], self.replacement]
            done = end
        return "".join([*parts, text[done:]]) if parts else text


def check_rules(rules: Iterable[Mapping[str, Any]]) -> None:
    """Raise MaskingError when one of the rules, as stored in a project's settings, is wrong."""
    rules_of(rules)


def rules_of(rules: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Rules from `{"name", "pattern" | "builtin", "replacement"}`, one line of error if wrong."""
    return [_rule(rule, number) for number, rule in enumerate(rules, 1)]


def _rule(rule: Mapping[str, Any], number: int) -> Rule:
    if not isinstance(rule, Mapping):
        raise MaskingError(f"rule {number} is not an object")
    name = rule.get("name") or rule.get("builtin")
    if not isinstance(name, str) or not name.strip():
        raise MaskingError(f"rule {number} has no name")
    if unknown := sorted(set(rule) - _FIELDS):
        raise MaskingError(f"rule {name!r} has an unknown field {unknown[0]!r}")
    replacement = rule.get("replacement")
    if replacement is None:
        replacement = f"[{name}]"
    if not isinstance(replacement, str):
        raise MaskingError(f"the replacement of rule {name!r} is not a string")
    detector = _detector(rule, name)
    pattern = detector.probe if detector else rule["pattern"]
    if not isinstance(pattern, str) or not pattern:
        raise MaskingError(f"the pattern of rule {name!r} is not a string with characters")
    if detector is None and len(pattern) > _MAX_PATTERN_CHARACTERS:
        raise MaskingError(f"the pattern of rule {name!r} is longer than 2,000 characters")
    compiled = _compiled(pattern, name)
    if detector is None and compiled.search("") is not None:
        raise MaskingError(f"the pattern of rule {name!r} matches the empty string")
    return Rule(
        name=name, probe=pattern, detector=detector, pattern=compiled, replacement=replacement
    )


def _detector(rule: Mapping[str, Any], name: str) -> Detector | None:
    """The detector that a rule names, None when it has a pattern of its own."""
    builtin = rule.get("builtin")
    if (rule.get("pattern") is None) == (builtin is None):
        raise MaskingError(f"rule {name!r} needs either a pattern or a builtin")
    if builtin is None:
        return None
    detector = DETECTORS.get(builtin) if isinstance(builtin, str) else None
    if detector is None:
        known = ", ".join(DETECTORS)
        raise MaskingError(f"rule {name!r}: no builtin {builtin!r}; there are {known}")
    return detector


def _options() -> Any:  # Any: google-re2 has no types
    options = re2.Options()
    options.log_errors = False
    return options


def _compiled(pattern: str, name: str) -> Any:
    try:
        return re2.compile(pattern, _options())
    except re2.error as e:
        told = e.args[0].decode() if isinstance(e.args[0], bytes) else str(e.args[0])
        fragment = told.partition(": ")[2]
        at = pattern.find(fragment) + 1 if fragment else 0
        place = f" at character {at}" if at else ""
        raise MaskingError(f"the pattern of rule {name!r} is wrong{place}: {told}") from None


# A pattern that asks for an edge of the text must see each text alone.
_EDGE: Final = re.compile(r"(?<!\[)\^|\$|\\[Az]")


class Masker:
    """The rules of one project, ready to use; may be used from any thread."""

    def __init__(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Rules as a project's settings hold them. Raises MaskingError."""
        self._rules = tuple(rules_of(rules))
        self._joinable = self._probes([r for r in self._rules if not _asks_for_edges(r)])
        self._single = self._probes([r for r in self._rules if _asks_for_edges(r)])
        self._shared: tuple[dict[str, Any], dict[str, Any]] | None = None

    @classmethod
    def of(cls, rules: Iterable[Mapping[str, Any]]) -> Masker | None:
        """A masker by a project's rules, None when it has none. Raises MaskingError."""
        masker = cls(rules)
        return masker if masker._rules else None

    def mask_source(self, source: Source) -> None:
        """Mask every string of a span but its ids, in place."""
        texts = [source.name, source.status_message]
        _collect(source.attributes, texts)
        _collect(source.scope_attributes, texts)
        for event in source.events:
            texts.append(event.name)
            _collect(event.attributes, texts)
        for link in source.links:
            _collect(link.attributes, texts)
        if self._may_hit(texts):
            source.name = self.mask_text(source.name)
            source.status_message = self.mask_text(source.status_message)
            source.attributes = self._masked(source.attributes)
            source.scope_attributes = self._masked(source.scope_attributes)
            for event in source.events:
                event.name = self.mask_text(event.name)
                event.attributes = self._masked(event.attributes)
            for link in source.links:
                link.attributes = self._masked(link.attributes)
        source.resource = self._masked_resource(source.resource)
        for record in source.logs:
            self.mask_log(record)

    def mask_log(self, record: LogRecord) -> None:
        """Mask every string of a log record but its ids, in place."""
        texts = [record.event_name]
        _collect(record.attributes, texts)
        _collect(record.body, texts)
        if self._may_hit(texts):
            record.event_name = self.mask_text(record.event_name)
            record.attributes = self._masked(record.attributes)
            record.body = self._masked(record.body)
        record.resource = self._masked_resource(record.resource)

    def mask_score(self, score: Score) -> None:
        """Mask what a score says in words, in place; who gave it stays, to tell givers apart."""
        score.label = self.mask_text(score.label)
        score.comment = self.mask_text(score.comment)
        score.error = self.mask_text(score.error)
        score.metadata = self._masked(score.metadata)

    def mask_metric(self, point: MetricPoint) -> None:
        """Mask the attributes of a metric point, in place."""
        texts: list[str] = []
        _collect(point.attributes, texts)
        if self._may_hit(texts):
            point.attributes = self._masked(point.attributes)

    def mask_text(self, text: str) -> str:
        """The text masked; JSON stays JSON."""
        if not self._may_hit([text]):
            return text
        if not text.lstrip().startswith(("{", "[", '"')) or not _is_json(text):
            return self._apply(text)
        masked = _JSON_TOKEN.sub(self._masked_token, text)
        whole = self._apply(masked)
        if whole == masked or _is_json(whole):
            return whole
        # A rule of the user's own reached across the punctuation: what is left becomes one string.
        return orjson.dumps(whole).decode()

    def mask_value(self, value: Any) -> Any:
        """JSON with all its strings masked."""
        texts: list[str] = []
        _collect(value, texts)
        return self._masked(value) if self._may_hit(texts) else value

    @staticmethod
    def _probes(rules: Sequence[Rule]) -> tuple[Any, ...]:
        if not rules:
            return ()
        together = "|".join(f"(?:{rule.probe})" for rule in rules)
        try:
            # RE2 scopes flags to their group; two groups of one name it refuses.
            return (re2.compile(together, _options()),)
        except re2.error:
            return tuple(rule.pattern for rule in rules)

    def _may_hit(self, texts: Sequence[str]) -> bool:
        """False only if no rule finds anything in any of the texts."""
        joined = "\n" + "\n".join(texts)
        if any(probe.search(joined) is not None for probe in self._joinable):
            return True
        escaped = "\\" in joined
        if escaped:
            joined = _unescaped(joined)
            if any(probe.search(joined) is not None for probe in self._joinable):
                return True
        if not self._single:
            return False
        seen = [*texts, *_json_strings(texts)] if escaped or '"' in joined else texts
        return any(probe.search(text) is not None for probe in self._single for text in seen)

    def _apply(self, text: str) -> str:
        for rule in self._rules:
            text = rule.apply(text)
        return text

    def _masked_token(self, token: re.Match[str]) -> str:
        """One string or number of a JSON text, masked, as JSON."""
        text = token[0]
        if not text.startswith('"'):
            masked = self._apply(text)
            return text if masked == text else orjson.dumps(masked).decode()
        content = orjson.loads(text)
        masked = self.mask_text(content)
        return text if masked == content else orjson.dumps(masked).decode()

    def _masked(self, value: Any) -> Any:
        """The value with all its strings masked; dicts and lists are new, theirs may be shared."""
        if isinstance(value, str):
            return self.mask_text(value)
        if isinstance(value, dict):
            return {
                self.mask_text(key) if isinstance(key, str) else key: self._masked(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._masked(item) for item in value]
        if isinstance(value, bytes):
            return self._masked_bytes(value)
        if type(value) is int and abs(value) >= _LARGE_INTEGER:
            masked = self._apply(str(value))
            return value if masked == str(value) else masked
        return value

    def _masked_bytes(self, value: bytes) -> bytes:
        # Latin-1 gives every byte back as it was.
        text = value.decode("latin-1")
        masked = self._apply(text)
        return value if masked == text else masked.encode("latin-1", "replace")

    def _masked_resource(self, resource: dict[str, Any]) -> dict[str, Any]:
        """A masked copy: spans of one request share their resource, so one copy serves them all."""
        shared = self._shared
        if shared is not None and shared[0] is resource:
            return shared[1]
        texts: list[str] = []
        _collect(resource, texts)
        masked = self._masked(resource) if self._may_hit(texts) else resource
        self._shared = (resource, masked)
        return masked


def _asks_for_edges(rule: Rule) -> bool:
    return rule.detector is None and _EDGE.search(rule.probe) is not None


def _collect(value: Any, texts: list[str]) -> None:
    """Add all strings of a value to `texts`, keys of inner objects too."""
    kind = type(value)
    if kind is str:
        texts.append(value)
    elif kind is dict:
        for key, item in value.items():
            texts.append(key)
            inner = type(item)
            if inner is str:
                texts.append(item)
            elif inner is not int or abs(item) >= _LARGE_INTEGER:
                _collect(item, texts)
    elif kind is list:
        for item in value:
            _collect(item, texts)
    elif kind is bytes:
        texts.append(value.decode("latin-1"))
    elif kind is int and abs(value) >= _LARGE_INTEGER:
        texts.append(str(value))


# Backslashes and what they escape, at any depth of JSON within JSON.
_ESCAPE: Final = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def _unescaped(text: str) -> str:
    """A text in which no JSON escape touches the words beside it; for searching only."""

    def character(escape: re.Match[str]) -> str:
        if escape[1] is None:
            return escape[2] if escape[2] in '/"' else " "
        code = int(escape[1], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)

    return _ESCAPE.sub(character, text)


# A string, or a run of what is neither string nor punctuation: numbers, true, null.
_JSON_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}\[\],:]+', re.DOTALL)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _json_strings(texts: Iterable[str]) -> list[str]:
    """The strings within those of the texts that are JSON, at any depth of JSON within JSON."""
    found: list[str] = []
    waiting = list(texts)
    while waiting:
        text = waiting.pop()
        if text.lstrip().startswith(("{", "[", '"')) and _is_json(text):
            inner = [
                orjson.loads(token[0]) if token[0].startswith('"') else token[0]
                for token in _JSON_TOKEN.finditer(text)
            ]
            found += inner
            waiting += inner
    return found
