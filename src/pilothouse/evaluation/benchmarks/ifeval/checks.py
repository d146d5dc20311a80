"""The 25 instructions of IFEval (Zhou et al. 2023), each with the check of an answer.

A check takes the answer and, by the names of the published rows, what the instruction says. Where
those who published them are lenient or odd, so are we: figures are compared with theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pilothouse.evaluation.benchmarks.ifeval import texts

Check = Callable[..., bool]
_CONSTRAINED: Final = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_FENCES: Final = ("```json", "```Json", "```JSON", "```")
_POSTSCRIPTS: Final = {"P.S.": r"p\.\s?s\.", "P.P.S": r"p\.\s?p\.\s?s"}
_AFTER_WORD: Final = re.compile(r"[.,?!'\"]")


def _holds(count: int, relation: str, number: int) -> bool:
    """Whether a count keeps to 'at least 3' or 'less than 3'."""
    if relation not in ("at least", "less than"):
        raise ValueError(f"{relation!r} is neither 'at least' nor 'less than'")
    return count >= number if relation == "at least" else count < number


def _times(word: str, text: str) -> int:
    """How often a word occurs, in any case; the published rows give it as a pattern."""
    try:
        pattern = re.compile(word, re.IGNORECASE)
    except re.error:
        pattern = re.compile(re.escape(word), re.IGNORECASE)
    return len(pattern.findall(text))


def has_keywords(text: str, *, keywords: Sequence[str]) -> bool:
    """Each of the keywords occurs."""
    return all(_times(word, text) for word in keywords)


def keyword_frequency(text: str, *, keyword: str, frequency: int, relation: str) -> bool:
    """A keyword occurs so often."""
    return _holds(_times(keyword.strip(), text), relation, frequency)


def lacks_words(text: str, *, forbidden_words: Sequence[str]) -> bool:
    """None of the words occurs by itself."""
    return not any(_times(rf"\b{word}\b", text) for word in forbidden_words)


def letter_frequency(text: str, *, letter: str, let_frequency: int, let_relation: str) -> bool:
    """A letter occurs so often, in any case."""
    return _holds(text.lower().count(letter.strip().lower()), let_relation, let_frequency)


def in_language(text: str, *, language: str) -> bool:
    """The answer is in a language; of a text that tells none it is taken as true."""
    return texts.language(text) in (language, None)


def sentence_count(text: str, *, num_sentences: int, relation: str) -> bool:
    """So many sentences."""
    return _holds(len(texts.sentences(text)), relation, num_sentences)


def paragraph_count(text: str, *, num_paragraphs: int) -> bool:
    """Exactly so many paragraphs between lines of ***, none of them empty but at the ends."""
    first, *rest = re.split(r"\s?\*\*\*\s?", text)
    if any(not paragraph.strip() for paragraph in rest[:-1]):
        return False
    return sum(bool(paragraph.strip()) for paragraph in (first, *rest)) == num_paragraphs


def word_count(text: str, *, num_words: int, relation: str) -> bool:
    """So many words."""
    return _holds(texts.words(text), relation, num_words)


def paragraph_begins(
    text: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str
) -> bool:
    """Exactly so many paragraphs between empty lines, and one of them begins with a word."""
    paragraphs = text.split("\n\n")
    count = sum(bool(paragraph.strip()) for paragraph in paragraphs)
    if nth_paragraph > count or not paragraphs[nth_paragraph - 1].strip():
        return False
    word = paragraphs[nth_paragraph - 1].split()[0].lstrip("'").lstrip('"')
    return count == num_paragraphs and _AFTER_WORD.split(word)[0].lower() == first_word.lower()


def placeholder_count(text: str, *, num_placeholders: int) -> bool:
    """At least so many placeholders such as [address]."""
    return len(re.findall(r"\[.*?\]", text)) >= num_placeholders


def has_postscript(text: str, *, postscript_marker: str) -> bool:
    """A postscript with its mark."""
    mark = postscript_marker.strip()
    pattern = _POSTSCRIPTS.get(mark) or re.escape(mark.lower())
    return re.search(pattern, text.lower()) is not None


def bullet_count(text: str, *, num_bullets: int) -> bool:
    """Exactly so many points of a list in Markdown."""
    stars = re.findall(r"^\s*\*[^*].*$", text, re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, re.MULTILINE)
    return len(stars) + len(dashes) == num_bullets


def is_constrained(text: str) -> bool:
    """One of the three answers that are allowed."""
    return any(answer in text for answer in _CONSTRAINED)


def highlight_count(text: str, *, num_highlights: int) -> bool:
    """At least so many parts *highlighted* in Markdown; what is **bold** counts besides."""
    marked = re.findall(r"\*[^\n*]*\*", text)
    bold = re.findall(r"\*\*[^\n*]*\*\*", text)
    return sum(bool(part.strip("*").strip()) for part in (*marked, *bold)) >= num_highlights


def section_count(text: str, *, section_spliter: str, num_sections: int) -> bool:
    """At least so many sections, each begun by a word and its number."""
    return len(re.findall(rf"{section_spliter.strip()}\s?\d+", text)) >= num_sections


def is_json(text: str) -> bool:
    """Nothing but JSON, fenced or not."""
    text = text.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def has_title(text: str) -> bool:
    """A title in <<double angular brackets>>."""
    found = re.findall(r"<<[^\n]+>>", text)
    return any(title.lstrip("<").rstrip(">").strip() for title in found)


def two_responses(text: str) -> bool:
    """Two different answers with ****** between them."""
    parts = [part.strip() for part in text.split("******")]
    if not all(parts[1:-1]):
        return False
    given = [part for part in parts if part]
    return len(given) == 2 and given[0] != given[1]


def repeats_prompt(text: str, *, prompt_to_repeat: str) -> bool:
    """The request comes first, word for word."""
    return text.strip().lower().startswith(prompt_to_repeat.strip().lower())


def ends_with(text: str, *, end_phrase: str) -> bool:
    """A phrase at the very end."""
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def is_quoted(text: str) -> bool:
    """All of it in double quotation marks."""
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def capital_words(text: str, *, capital_frequency: int, capital_relation: str) -> bool:
    """So many words in capitals alone."""
    count = sum(token.isupper() for token in texts.tokens(text))
    return _holds(count, capital_relation, capital_frequency)


def english_capitals(text: str) -> bool:
    """English, in capitals alone."""
    return text.isupper() and in_language(text, language="en")


def english_lowercase(text: str) -> bool:
    """English, without any capital."""
    return text.islower() and in_language(text, language="en")


def no_comma(text: str) -> bool:
    """No comma anywhere."""
    return "," not in text


CHECKS: Final[Mapping[str, Check]] = {
    "keywords:existence": has_keywords,
    "keywords:frequency": keyword_frequency,
    "keywords:forbidden_words": lacks_words,
    "keywords:letter_frequency": letter_frequency,
    "language:response_language": in_language,
    "length_constraints:number_sentences": sentence_count,
    "length_constraints:number_paragraphs": paragraph_count,
    "length_constraints:number_words": word_count,
    "length_constraints:nth_paragraph_first_word": paragraph_begins,
    "detectable_content:number_placeholders": placeholder_count,
    "detectable_content:postscript": has_postscript,
    "detectable_format:number_bullet_lists": bullet_count,
    "detectable_format:constrained_response": is_constrained,
    "detectable_format:number_highlighted_sections": highlight_count,
    "detectable_format:multiple_sections": section_count,
    "detectable_format:json_format": is_json,
    "detectable_format:title": has_title,
    "combination:two_responses": two_responses,
    "combination:repeat_prompt": repeats_prompt,
    "startend:end_checker": ends_with,
    "startend:quotation": is_quoted,
    "change_case:capital_word_frequency": capital_words,
    "change_case:english_capital": english_capitals,
    "change_case:english_lowercase": english_lowercase,
    "punctuation:no_comma": no_comma,
}
