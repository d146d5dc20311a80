"""How long the caches of the gateway take, and how often the semantic one is right.

    python bench/gateway_cache.py [--entries 100000] [--no-model]

In this process: an exact hit (the key made, the entry found) and a semantic hit among 100,000
entries of one tenant, without the embedding, against a plain product of the whole matrix. Vectors
are random ones of 384 numbers in 200 clusters, so that many are near and none is easy. Then, with
the local model, pairs of questions that mean the same and pairs that do not: how many are hits.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from statistics import median, quantiles

import numpy as np

from pilothouse.gateway.cache import Cache, Entry, key_of
from pilothouse.gateway.embedding import Embedding
from pilothouse.gateway.models import Endpoint, Holder, Route, Target
from pilothouse.gateway.semantic.cache import SemanticCache, _Asked
from pilothouse.gateway.semantic.likeness import difference
from pilothouse.gateway.semantic.question import Meant

DIM, CLUSTERS, LOOKS = 384, 200, 300
SAME = [
    ("How do I reset my password?", "How can I reset my password?"),
    ("What is the capital of France?", "what's the capital of France"),
    ("What are your opening hours?", "What are the opening hours?"),
    ("How do I cancel my subscription?", "How can I cancel my subscription?"),
    ("Where can I find my invoices?", "Where do I find my invoices?"),
    ("How long does shipping take?", "How long will shipping take?"),
    ("Do you ship to Canada?", "Is shipping to Canada possible?"),
    ("Can I change my delivery address?", "How can I change the delivery address?"),
    ("How do I contact support?", "How can I contact customer support?"),
    ("What payment methods do you accept?", "Which payment methods are accepted?"),
    ("Explain recursion in simple words", "Explain recursion in simple terms"),
    ("Write a haiku about autumn", "Please write a haiku about autumn"),
    ("How do I export my data?", "How can I export all of my data?"),
    ("Is there a free trial?", "Do you have a free trial?"),
    ("How do I install Python on Windows?", "How can I install Python on Windows?"),
    ("What is machine learning?", "what is machine learning"),
    ("Tell me a joke about cats", "Tell me a joke about a cat"),
    ("How old is the universe?", "What is the age of the universe?"),
    ("How do I delete my account?", "How can I delete my account?"),
    ("What does HTTP 404 mean?", "What is the meaning of HTTP 404?"),
]
OTHER = [
    ("Is it safe to eat raw eggs?", "Is it not safe to eat raw eggs?"),
    ("Which plans include support?", "Which plans do not include support?"),
    ("Can I pay by card?", "Can't I pay by card?"),
    ("What is 12 times 7?", "What is 12 times 8?"),
    ("Top 5 books of 2024", "Top 5 books of 2023"),
    ("What is the capital of France?", "What is the capital of Germany?"),
    ("Who founded Apple?", "Who founded Google?"),
    ("Convert 10 USD to EUR", "Convert 10 EUR to USD"),
    ("Flights from Oslo to Rome", "Flights from Rome to Oslo"),
    ("How do I enable two-factor login?", "How do I disable two-factor login?"),
    ("How do I upload a file?", "How do I download a file?"),
    ("What is the highest mountain?", "What is the lowest mountain?"),
    ("Remind me on Monday", "Remind me on Tuesday"),
    ("How many grams in 2 pounds?", "How many ounces in 2 pounds?"),
    ("How do I add a user?", "How do I remove a user?"),
    ("Is my order 4711 shipped?", "Is my order 4712 shipped?"),
    ("What happened before the war?", "What happened after the war?"),
    ("Does a cat chase a dog?", "Does a dog chase a cat?"),
    ("Summarize chapter one", "Summarize chapter two"),
    ("Describe the pros of remote work", "Describe the cons of remote work"),
    ("Translate hello into French", "Translate hello into Spanish"),
    ("What is the price of the basic plan?", "What is the price of the premium plan?"),
    ("Why is the sky blue?", "Why is the sea blue?"),
    ("How do I reset my password?", "How do I reset my router?"),
]


def shown(name: str, look: Callable[[int], object]) -> float:
    """Print how long looks take; the median in milliseconds."""
    took = []
    for number in range(LOOKS):
        begun = time.perf_counter()
        look(number)
        took.append((time.perf_counter() - begun) * 1000)
    p99 = quantiles(took, n=100)[98]
    print(f"{name}: median {median(took):.3f} ms, 99 % under {p99:.3f} ms", flush=True)
    return median(took)


def entry(text: str) -> Entry:
    """An answer of 700 bytes."""
    body = (b'{"choices": [], "said": "' + text.encode() + b'"}').ljust(700)
    return Entry(body=body, target="t", model="m", cost_nano=1, stored_at=0.0, expires_at=1e12)


def exact(count: int) -> None:
    """The exact cache."""
    cache, holder = Cache(), Holder(id=7)
    endpoint = Endpoint(name="openai", base_url="https://api.openai.com/v1")
    route = Route(name="chat", targets=(Target(endpoint=endpoint, model="gpt-4o-mini"),))

    def key(number: int) -> str:
        turns = [{"role": "system", "content": "You are helpful. " * 20},
                 {"role": "user", "content": f"question {number}"}]  # fmt: skip
        body = {"messages": turns, "temperature": 0, "max_tokens": 100}
        return key_of(holder, "default", "/chat/completions", route, body, "")

    for number in range(count):
        cache.store(key(number), b"x" * 100, target="t", model="m", cost_nano=1, ttl_s=1e6)

    def look(number: int) -> None:
        assert cache.find(key(count - 1 - number), "chat") is not None

    shown(f"exact hit among {len(cache):,} entries", look)


async def semantic(count: int) -> None:
    """The semantic cache, without the embedding."""
    random = np.random.default_rng(7)
    centers = random.normal(size=(CLUSTERS, DIM)).astype(np.float32)
    rows = centers[random.integers(CLUSTERS, size=count)]
    rows += 0.7 * random.normal(size=rows.shape).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cache = SemanticCache(Embedding())
    begun = time.perf_counter()
    for number in range(count):
        text = f"what is {number}"
        meant = Meant(room=b"room", text=text)
        cache.keep(meant, rows[number], entry(text), key=str(number), source="", threshold=0.95)
    took = (time.perf_counter() - begun) / count * 1e6
    print(f"{len(cache):,} entries kept in {cache.bytes / 2**20:.0f} MB, {took:.1f} µs each")
    took_ms = []
    for number in range(LOOKS):
        at = int(random.integers(count))
        near = rows[at] + 0.005 * random.normal(size=DIM).astype(np.float32)
        asked = _Asked(Meant(room=b"room", text=f"What is {at}?"), near / np.linalg.norm(near))
        begun = time.perf_counter()
        found = await cache._near(asked, 0.95, None)
        took_ms.append((time.perf_counter() - begun) * 1000)
        assert found is not None, number
        assert found[1].key == str(at), number
    p99 = quantiles(took_ms, n=100)[98]
    print(f"semantic hit among them: median {median(took_ms):.2f} ms, 99 % under {p99:.2f} ms")
    whole = np.ascontiguousarray(rows)
    shown("a product of the whole matrix, to compare", lambda n: int(np.argmax(whole @ rows[n])))


async def right() -> None:
    """How many pairs are hits, by threshold, with the guard and without."""
    embedding = Embedding()
    texts = [text for pair in (*SAME, *OTHER) for text in pair]
    vectors = await embedding.vectors("local", texts, project="bench")
    cosines = np.sum(vectors[::2] * vectors[1::2], axis=1)
    for threshold in (0.85, 0.9, 0.95):
        line = []
        for name, is_guarded in (("cosine alone", False), ("with the guard", True)):
            hits = [
                bool(cosine >= threshold and not (is_guarded and difference(*pair)))
                for cosine, pair in zip(cosines, (*SAME, *OTHER), strict=True)
            ]
            good, bad = sum(hits[: len(SAME)]), sum(hits[len(SAME) :])
            precision = good / (good + bad) if good + bad else float("nan")
            line.append(f"{name} {good}/{len(SAME)} right and {bad}/{len(OTHER)} wrong, "
                        f"precision {precision:.2f}")  # fmt: skip
        print(f"threshold {threshold}: {'; '.join(line)}", flush=True)
    begun = time.perf_counter()
    for text in texts:
        await embedding.vectors("local", [text], project="bench")
    print(f"the local model: {(time.perf_counter() - begun) / len(texts) * 1000:.1f} ms a question")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--no-model", action="store_true")
    args = parser.parse_args()
    exact(args.entries)
    asyncio.run(semantic(args.entries))
    if not args.no_model:
        asyncio.run(right())


if __name__ == "__main__":
    main()
