"""Our own words for making examples; `Prompt.hash` is their version, and users put in their own."""

from __future__ import annotations

from typing import Final

SYSTEM: Final = (
    "You write examples by which software that answers questions is tested. Write as its users do: "
    "plainly, each in words of its own, without naming the documents."
)

_ASKED: Final = "Write {count} questions {of}, in {language}.\n\n"
_DOCUMENTS: Final = "The documents, by their ids:\n{documents}"
_QUOTED: Final = (
    "Give each question its answer, complete and in one or two sentences, and the quotes that the "
    "answer rests on: the id of the document, and words copied from it letter by letter.\n\n"
)

SINGLE: Final = (
    _ASKED.replace("{of}", "that one document answers")
    + "A question must be clear to somebody who does not see the document.\n"
    + _QUOTED
    + _DOCUMENTS
)
MULTI: Final = (
    _ASKED.replace("{of}", "that only several documents together answer")
    + "Each document by itself must leave the question open.\n"
    + _QUOTED
    + _DOCUMENTS
)
UNANSWERABLE: Final = (
    _ASKED.replace("{of}", "that belong to the subject and that these documents do not answer")
    + "They must sound as if the answer stood there: ask for a detail, a case or a number that is "
    "left out. Leave answer and quotes empty.\n\n" + _DOCUMENTS
)
ANSWERABLE: Final = (
    "Say whether the documents answer the question. What you know yourself does not count.\n\n"
    "answered: a complete answer stands in them, or follows from them.\n"
    "open: it does not.\n\n"
    "The question:\n{question}\n\n" + _DOCUMENTS
)

_TEXT: Final = "\n\nThe text:\n{text}"
PARAPHRASE: Final = (
    "Say the same in other words, as another user would: another order, other words for the same "
    "things. Names, numbers and what is asked for stay as they are." + _TEXT
)
DISTRACTOR: Final = (
    "Write one or two sentences that could stand before this text and that have nothing to do with "
    "what it asks: about the same subject, true to life, without a question. Give the sentences "
    "alone, not the text." + _TEXT
)
NEGATION: Final = (
    "Turn this text into its opposite by as small a change as possible, say by a 'not', 'without' "
    "or 'except', so that another answer becomes right. Give that answer too.\n\n"
    "The answer so far:\n{answer}" + _TEXT
)
LANGUAGE: Final = (
    "Write this text in {language}, as a native speaker would ask it. Names and numbers stay as "
    "they are." + _TEXT
)
SAME: Final = (
    "Say whether both texts ask for the same, so that the same answer is right.\n\n"
    "same: it is.\ndifferent: for one of them it would be wrong, or not enough.\n\n"
    "The first:\n{text}\n\nThe second:\n{variant}"
)
