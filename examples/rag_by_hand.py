"""Answers from documents, with spans made by hand: embedding, retriever, model, evaluator.

    pilothouse up                        # in another terminal
    python examples/rag_by_hand.py "Which plan includes phone support?"

Personal data is masked before it leaves the process.
"""

import json
import re
import sys

import pilothouse as ph

PAGES = {
    "plans": "Ocean costs 6 euros a person a month and includes phone support on working days.",
    "sync": "Sync with Google is one-way. An iCal address is refreshed every 8 to 24 hours.",
    "limits": "Each key may make 600 requests a minute; above that the answer is 429.",
}
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def hide_addresses(text: str) -> str:
    return EMAIL.sub("[e-mail]", text)


def search(question: str) -> list[tuple[str, float]]:
    """Pages by the words they share with the question, written as OpenInference documents."""
    with ph.span("search_pages", kind="retriever", input=question) as span:
        asked = set(re.findall(r"\w+", question.lower()))
        shared = {name: len(asked & set(re.findall(r"\w+", text.lower())))
                  for name, text in PAGES.items()}  # fmt: skip
        hits = sorted(((name, n / len(asked)) for name, n in shared.items()), key=lambda h: -h[1])
        for place, (name, score) in enumerate(hits):
            document = f"retrieval.documents.{place}.document"
            span.set_attributes(
                {
                    f"{document}.id": name,
                    f"{document}.content": PAGES[name],
                    f"{document}.score": round(score, 3),
                    f"{document}.metadata": json.dumps({"title": name}),
                }
            )
        return hits


def answer(question: str) -> str:
    with ph.trace("kb_answer", input=question) as root:
        best = search(question)[0][0]
        with ph.span("write", kind="llm", input=f"{PAGES[best]}\n\n{question}") as span:
            text = f"{PAGES[best]} [1]"
            span.set_model("gpt-5-mini", provider="openai", parameters={"temperature": 0})
            span.set_usage(input_tokens=48, output_tokens=21, cached_tokens=0)
            span.set_prompt("kb-answer", version=5)
            span.set_output(text)
        with ph.span("groundedness", kind="evaluator", input=text) as span:
            verdict = float(PAGES[best] in text)
            span.set_output({"score": verdict})
            ph.score("groundedness", verdict, trace_id=span.trace_id, source="judge")
        root.set_output(text)
        return text


if __name__ == "__main__":
    ph.init(project="examples", mask=hide_addresses)
    print(answer(" ".join(sys.argv[1:]) or "Which plan includes phone support? ada@example.com"))
