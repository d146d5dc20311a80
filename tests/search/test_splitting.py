"""Documents become chunks: LangChain's, letter by letter, or along sentences, headings and code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document as LangChainDocument
from langchain_text_splitters import RecursiveCharacterTextSplitter

from pilothouse.search import Document, split
from pilothouse.search.splitting.tokens import token_spans

TEXTS = st.text(alphabet=st.sampled_from("ab \n.é"), max_size=300)


@given(TEXTS, st.integers(1, 40), st.integers(0, 39), st.booleans())
def test_chunks_are_those_of_langchains_splitter(
    text: str, size: int, overlap: int, other: bool
) -> None:
    overlap = min(overlap, size - 1)
    separators = ["\n", "ab", " "] if other else ["\n\n", "\n", " ", ""]
    theirs = RecursiveCharacterTextSplitter(
        separators=separators, chunk_size=size, chunk_overlap=overlap
    ).split_text(text)

    try:
        chunks = split([Document(text=text)], size=size, overlap=overlap, separators=separators)
    except ValueError:
        chunks = []

    ours = [chunk.text for chunk in chunks]
    assert list(dict.fromkeys(ours)) == list(dict.fromkeys(t for t in theirs if t.strip()))
    assert all(text[c.metadata["start_index"] :].startswith(c.text) for c in chunks)


def test_the_defaults_are_those_of_the_book() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 150 for n in range(40))
    theirs = RecursiveCharacterTextSplitter().create_documents([text], [{"source": "s"}])

    ours = split([LangChainDocument(page_content=text, metadata={"source": "s"})])

    assert [chunk.text for chunk in ours] == [document.page_content for document in theirs]
    assert {chunk.metadata["source"] for chunk in ours} == {"s"}
    assert [chunk.metadata["chunk"] for chunk in ours] == list(range(len(ours)))


def test_ids_stay_the_same_and_say_source_place_and_text() -> None:
    one, two = Document(text="same", metadata={"source": "a"}), Document(text="same")

    ids = [chunk.id for chunk in split([one, two])]

    assert ids == [chunk.id for chunk in split([one, two])]
    assert len(set(ids)) == 2
    assert len(split([one, one])) == 1


def test_pages_of_one_file_are_told_apart() -> None:
    pages = [Document(text="same", metadata={"source": "a.pdf", "page": n}) for n in (1, 2)]

    assert len(split(pages)) == 2


def test_markdown_is_cut_at_headings_which_are_noted() -> None:
    text = (
        "Before.\n\n# Guide\n\nHello.\n\n```\n# no heading\n```\n\n## Install\n\nRun it.\n\n# End\n"
    )

    chunks = split([Document(text=text)], method="markdown")

    assert [(c.metadata.get("heading"), c.text.splitlines()[-1]) for c in chunks] == [
        (None, "Before."),
        ("Guide", "```"),
        ("Guide > Install", "Run it."),
        ("End", "# End"),
    ]


def test_code_is_cut_before_definitions() -> None:
    code = "import os\n\nclass A:\n    def f(self):\n        pass\n\ndef g():\n    return 1\n"

    chunks = split(
        [Document(text=code, metadata={"source": "x.py"})], method="code", size=50, overlap=0
    )

    assert [chunk.text.splitlines()[0] for chunk in chunks] == ["import os", "def g():"] or [
        chunk.text.splitlines()[0] for chunk in chunks
    ] == ["import os", "class A:", "def g():"]


def test_sentences_stay_whole_where_they_fit() -> None:
    text = "One is short. Two is longer than one! Three? " + "x" * 90 + ". Last."

    chunks = split([Document(text=text)], method="sentence", size=40, overlap=15)

    assert chunks[0].text == "One is short. Two is longer than one!"
    assert all(len(chunk.text) <= 40 for chunk in chunks)
    assert chunks[-1].text.endswith("Last.")


def test_no_chunk_is_an_error_with_the_words_of_the_book() -> None:
    with pytest.raises(ValueError, match="No chunks created!"):
        split([Document(text=" \n ")])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"method": "recursiv"}, "no splitter 'recursiv'"),
        ({"size": 10, "overlap": 10}, "give size > overlap"),
        ({"method": "code", "separators": ["x"]}, "separators go with"),
    ],
)
def test_what_cannot_be_is_refused(how: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        split([Document(text="a")], **how)  # type: ignore[arg-type] - wrong on purpose


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(TypeError, match="int is no document"):
        split([3])


@given(st.text(alphabet=st.sampled_from("ab \n.é字🙂-"), max_size=200), st.integers(1, 12))
def test_chunks_of_tokens_hold_no_more_and_leave_nothing_out(text: str, size: int) -> None:
    spans = list(token_spans(text, size, size // 2))
    whole = list(token_spans(text, size, 0))

    assert "".join(text[a:b] for a, b in whole).replace(" ", "").replace("\n", "") == "".join(
        text.split()
    )
    assert [a for a, _ in spans] == sorted({a for a, _ in spans}), (
        "each begins after the one before"
    )


def test_chunks_of_tokens_fit_the_local_model_and_overlap() -> None:
    text = " ".join(f"Sentence number {n} has several words." for n in range(200))

    chunks = split([Document(text=text)], method="tokens", size=250, overlap=30)

    starts = [chunk.metadata["start_index"] for chunk in chunks]
    ends = [start + len(chunk.text) for start, chunk in zip(starts, chunks, strict=True)]
    assert 6 <= len(chunks) <= 9
    assert all(start < end for start, end in zip(starts[1:], ends, strict=False))
    assert all(900 < len(chunk.text) < 1500 for chunk in chunks[:-1])


def test_a_change_of_subject_ends_a_chunk() -> None:
    money = "Refunds are paid to the card. The card gets refunds. Paid refunds reach the card. " * 3
    zoo = "Zebras graze near lions. Lions watch zebras graze. Zebras and lions drink. " * 3

    chunks = split([Document(text=money + zoo)], method="semantic", embedder="hash:256", size=1000)

    mixed = [c for c in chunks if "Refunds" in c.text and "Zebras graze near" in c.text]
    assert not mixed
    assert len(chunks) >= 2
    short = split([Document(text=money)], method="semantic", embedder="hash:256", size=60)
    assert max(len(chunk.text) for chunk in short) <= 60


def test_an_embedder_goes_with_the_semantic_method_only() -> None:
    with pytest.raises(ValueError, match="goes with the method semantic"):
        split(["a"], embedder="hash:8")
