"""Benchmarks from rows to figures, over a server that says how likely its tokens are."""

from __future__ import annotations

import asyncio
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from fakes.openai_server import TOKEN, Answer, Body, OpenAI, completions
from pilothouse.evaluation.benchmarks import arun_benchmark, report_of, run_benchmark
from pilothouse.evaluation.benchmarks.subjects import FIELD_OF
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import Cache, RetryPolicy
from pilothouse.evaluation.runner import BadData

bench = partial(run_benchmark, progress="none", retries=RetryPolicy(attempts=1))
ENDINGS = ["boils it.", "leaves at once.", "sings a very long song.", "sleeps."]
SCENES = [
    {
        "activity_label": "Tea",
        "ctx_a": f"She fills kettle {number}.",
        "ctx_b": "she",
        "endings": ENDINGS,
        "label": str(number % 2),
        "split_type": "indomain" if number < 4 else "zeroshot",
    }
    for number in range(8)
]
EXAMS = [
    {"question": f"{n}?", "choices": list("wxyz"), "answer": n % 4, "subject": subject}
    for subject, count in (("anatomy", 4), ("virology", 2), ("philosophy", 6))
    for n in range(count)
]


def prefers(*likely: str) -> Any:
    """A server to which these tokens are almost certain."""

    def script(body: Body) -> Answer | None:
        return Answer(body=completions(body, likely)) if body.get("echo") else None

    return script


def says(text: str) -> Any:
    return lambda body: Answer(text=text) if "messages" in body else None


def test_the_likeliest_ending_is_the_answer_and_its_length_matters(llm: OpenAI) -> None:
    llm.script = prefers(" boils", " it", ".")

    report = bench("hellaswag", "base", SCENES, base_url=llm.base_url)

    assert report.metrics["acc"].mean == 0.5
    assert report.metrics["acc"].standard_error == pytest.approx(sqrt(8 * 0.25 / 7 / 8))
    assert {n: m.n for n, m in report.metrics.items()} == {"acc": 8, "acc_norm": 8, "acc_bytes": 8}
    assert {g: m["acc"].n for g, m in report.groups.items()} == {"indomain": 4, "zeroshot": 4}
    assert "characters" in report.normalisers["acc_norm"]
    assert report.settings["prompt"] == "'activity: context', endings as continuations"
    assert "8 rows are no published split" in report.warnings[0]


def test_all_options_of_a_question_go_in_one_request_as_the_harness_sends_them(llm: OpenAI) -> None:
    bench("hellaswag", "base", SCENES[:1], base_url=llm.base_url, self_check=False)

    ((path, body),) = llm.asked
    assert path == "/v1/completions"
    assert body == {
        "model": "base",
        "prompt": [f"Tea: She fills kettle 0. She {ending}" for ending in ENDINGS],
        "max_tokens": 1,
        "temperature": 0,
        "echo": True,
        "logprobs": 1,
    }


def test_a_server_that_takes_one_text_at_a_time_is_asked_so(llm: OpenAI) -> None:
    def script(body: Body) -> Answer | None:
        if isinstance(body["prompt"], list):
            return Answer(status=400, body={"error": {"message": "prompt has to be a string"}})
        return None

    one_by_one = bench("hellaswag", "base", SCENES, base_url=llm.base_url, journal=False)
    llm.script = script
    at_once = bench("hellaswag", "base", SCENES, base_url=llm.base_url, journal=False)

    assert one_by_one.metrics == at_once.metrics
    assert at_once.failed == 0


def test_subjects_are_pooled_and_summed_up_by_field(llm: OpenAI) -> None:
    llm.script = prefers(" B")
    dev = [{**exam, "question": f"{exam['question']} dev"} for exam in EXAMS]

    report = bench(
        "mmlu", "base", EXAMS, base_url=llm.base_url, shots=2, shots_data=dev, self_check=False
    )

    subjects = {name: found["acc"] for name, found in report.groups.items()}
    assert {name: found.mean for name, found in subjects.items()} == {
        "anatomy": 0.25,
        "virology": 0.5,
        "philosophy": pytest.approx(2 / 6),
    }
    spread = sum((a.n - 1) * (a.standard_error or 0) ** 2 * a.n for a in subjects.values())
    assert report.metrics["acc"].mean == pytest.approx(4 / 12)
    assert report.metrics["acc"].standard_error == pytest.approx(sqrt(spread / (12 - 3) / 12))
    assert set(report.categories) == {FIELD_OF[subject] for subject in subjects}
    assert report.macro["acc"] == pytest.approx((0.25 + 0.5 + 1 / 3) / 3)
    asked = llm.asked[0][1]["prompt"][0]
    assert asked.startswith("The following are multiple choice questions (with answers) about ")
    assert asked.count("Answer:") == 3


def test_a_killed_run_goes_on_and_what_was_asked_once_is_kept(llm: OpenAI, tmp_path: Path) -> None:
    again = partial(bench, "hellaswag", "base", base_url=llm.base_url, self_check=False)
    cache = tmp_path / "answers.sqlite"

    again(SCENES[:3], experiment="a", cache=cache)
    resumed = again(SCENES, experiment="a", resume=True, cache=cache)
    cached = again(SCENES, experiment="b", cache=cache)

    assert len(llm.asked) == len(SCENES)
    assert resumed.experiment.earlier == 3
    assert resumed.metrics == cached.metrics == report_of("a").metrics


def test_each_option_is_kept_by_itself(llm: OpenAI, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "answers.sqlite")
    other = [{**SCENES[0], "endings": [*ENDINGS[:3], "shouts."]}]
    ask = partial(bench, "hellaswag", "base", base_url=llm.base_url, self_check=False, cache=cache)

    ask(SCENES[:1])
    ask(other)

    assert llm.asked[1][1]["prompt"] == "Tea: She fills kettle 0. She shouts."
    cache.close()


def test_a_server_whose_probabilities_cannot_be_true_is_found_out_first(llm: OpenAI) -> None:
    def forgets(body: Body) -> Answer | None:
        """What begins as an earlier text did is taken as certain."""
        seen = sum(1 for _, asked in llm.asked if asked.get("echo"))
        return Answer(body=completions(body, TOKEN.findall(body["prompt"]) if seen > 1 else ()))

    llm.script = forgets

    with pytest.raises(ModelError, match="rates the same text twice by"):
        bench("hellaswag", "base", SCENES, base_url=llm.base_url)
    llm.asked.clear()
    llm.script = None
    bench("hellaswag", "base", SCENES[:1], base_url=llm.base_url)
    assert len(llm.asked) == 5


def test_without_probabilities_of_a_prompt_nothing_is_scored(llm: OpenAI) -> None:
    llm.script = lambda body: Answer(body=completions({**body, "echo": False}))

    with pytest.raises(ModelError, match="gives no probabilities of a prompt"):
        bench("hellaswag", "base", SCENES, base_url=llm.base_url)
    llm.script = lambda _: Answer(status=404, body={"error": {"message": "no such route"}})
    with pytest.raises(ModelError, match=r"no such route .*needs completions with echo"):
        bench("hellaswag", "base", SCENES, base_url=llm.base_url)


def test_questions_that_fail_are_in_no_figure(llm: OpenAI) -> None:
    def fails_once(body: Body) -> Answer | None:
        broken = "kettle 0" in str(body["prompt"])
        return Answer(status=400, body={"error": {"message": "no"}}) if broken else None

    llm.script = fails_once
    report = bench(
        "hellaswag", "base", SCENES, base_url=llm.base_url, self_check=False, max_error_rate=None
    )

    assert (report.failed, report.metrics["acc"].n) == (1, 7)
    assert "1 of 8 questions failed and are in no figure" in report.warnings


@pytest.mark.filterwarnings("ignore:option 7 of 4 cannot be right")
def test_a_right_option_that_is_not_there_scores_nothing_and_is_told(llm: OpenAI) -> None:
    odd = [{**SCENES[0], "label": "7"}, SCENES[1]]
    ask = partial(bench, "hellaswag", "base", odd, base_url=llm.base_url, self_check=False)

    report = ask(journal=False)

    assert (report.metrics["acc"].n, report.failed) == (2, 0)
    assert "of 1 questions no option is the right one: scored 0" in report.warnings
    with pytest.raises(BadData, match="row 1: a worked example needs its answer"):
        ask(shots=1, shots_data=odd)


def test_a_server_may_have_another_word_for_probabilities_of_a_prompt(llm: OpenAI) -> None:
    def script(body: Body) -> Answer:
        choices: list[Body] = []
        for place, prompt in enumerate(body["prompt"]):
            (echoed,) = completions({**body, "prompt": prompt, "echo": True})["choices"]
            rates = zip(TOKEN.findall(prompt), echoed["logprobs"]["token_logprobs"], strict=False)
            entries = [{"7": {"decoded_token": t, "logprob": p, "rank": 1}} for t, p in rates]
            choices.append({"index": place, "text": "", "prompt_logprobs": [None, *entries[1:]]})
        return Answer(body={"choices": choices})

    ask = partial(bench, "hellaswag", "base", SCENES, base_url=llm.base_url, self_check=False)
    echoed = ask(journal=False)
    llm.script = script

    assert (
        asyncio.run(
            arun_benchmark(
                "hellaswag",
                "base",
                SCENES,
                base_url=llm.base_url,
                self_check=False,
                echoing="prompt_logprobs",
                progress="none",
            )
        ).metrics
        == echoed.metrics
    )
    assert "echo" not in llm.asked[-1][1]


def test_a_tokenizer_lets_texts_be_cut_to_what_fits(llm: OpenAI) -> None:
    words: list[str] = []

    class Tokenizer:
        def encode(self, text: str) -> list[int]:
            found = TOKEN.findall(text)
            words.extend(word for word in found if word not in words)
            return [words.index(word) for word in found]

    def script(body: Body) -> Answer | None:
        texts = ["".join(words[token] for token in prompt) for prompt in body["prompt"]]
        return Answer(body=completions({**body, "prompt": texts}))

    llm.script = script
    ask = partial(bench, "hellaswag", "base", SCENES[:2], base_url=llm.base_url, self_check=False)
    report = ask(tokenizer=Tokenizer(), max_length=8)

    assert {len(prompt) for _, body in llm.asked for prompt in body["prompt"]} == {8}
    assert (report.failed, report.metrics["acc"].n) == (0, 2)
    with pytest.raises(ValueError, match="give the model's tokenizer too"):
        ask(max_length=8)


def test_likelihood_beyond_that_of_the_option_alone_needs_something_before_it(llm: OpenAI) -> None:
    ask = partial(
        bench,
        "hellaswag",
        "base",
        SCENES,
        base_url=llm.base_url,
        mutual_info=True,
        self_check=False,
        max_error_rate=None,
        journal=False,
    )

    assert ask().failed == 8
    assert ask(bos="Hm").metrics["acc_mutual_info"].n == 8


def test_a_chat_is_asked_for_a_letter_under_another_name(llm: OpenAI) -> None:
    llm.script = says("It is clear.\n**ANSWER: A.**")

    report = bench("hellaswag", "chat", SCENES, base_url=llm.base_url, mode="generate")

    assert report.metrics["acc_gen"].mean == 0.5
    assert "another metric than published ones" in report.warnings[0]
    asked = llm.asked[0][1]["messages"][0]["content"]
    assert asked.endswith(
        "A) boils it.\nB) leaves at once.\nC) sings a very long song.\nD) sleeps."
    )


def test_shuffled_options_are_put_back_and_no_answer_is_a_wrong_one(llm: OpenAI) -> None:
    rows = [
        {"question": f"Is it {n}?", "mc1_targets": {"No.": 1, "Yes.": 0, "Perhaps.": 0}}
        for n in range(12)
    ]

    def finds_it(body: Body) -> Answer | None:
        asked = body["messages"][-1]["content"]
        right = next(line[0] for line in asked.splitlines() if line.endswith(") No."))
        return Answer(text="I do not know" if "Is it 0?" in asked else f"ANSWER: {right}")

    llm.script = finds_it
    report = bench("truthfulqa_mc1", "chat", rows, base_url=llm.base_url, mode="generate")

    assert report.metrics["acc_gen"].mean == pytest.approx(11 / 12)
    assert report.no_answer == 1
    orders = {tuple(row.row.inputs["order"]) for row in report.experiment.rows()}
    assert len(orders) > 1


def test_a_letter_may_be_read_from_the_first_tokens_alternatives(llm: OpenAI) -> None:
    top = [{"token": t, "logprob": p} for t, p in (("B", -0.5), (" A", -1.0), ("The", -4.0))]
    content = [{"token": "B", "logprob": -0.5, "top_logprobs": top}]
    llm.script = lambda _: Answer(text="B", finish_reason="length", logprobs={"content": content})

    report = bench("hellaswag", "chat", SCENES, base_url=llm.base_url, mode="letter_logprob")

    assert report.metrics["acc_letter_logprob"].mean == 0.5
    assert "of 8 questions the server did not list every letter" in report.warnings[-1]
    assert llm.asked[0][1]["max_tokens"] == 1


@pytest.mark.parametrize("mode", ["generate", "complete"])
def test_free_answers_follow_worked_ones(llm: OpenAI, mode: str) -> None:
    rows = [{"question": f"1 + {n}?", "answer": f"It is so.\n#### {n + 1}"} for n in range(4)]
    text = "2 of them.\n#### 2"
    llm.script = lambda body: (
        Answer(text=text)
        if "messages" in body
        else Answer(body={"choices": [{"text": text, "finish_reason": "length"}]})
    )

    report = bench(
        "gsm8k", "any", rows[:3], base_url=llm.base_url, mode=mode, shots=1, shots_data=rows[3:]
    )

    assert report.metrics["exact_match_strict"].mean == pytest.approx(1 / 3)
    assert report.cut_off == (3 if mode == "complete" else 0)
    body = llm.asked[-1][1]
    shown = "Question: 1 + 3?\nAnswer:", "It is so.\n#### 4"
    if mode == "complete":
        assert body["prompt"].startswith(f"{shown[0]} {shown[1]}\n\nQuestion: 1 + ")
    else:
        assert [m["content"] for m in body["messages"][:2]] == list(shown)
    assert body["stop"] == ["Question:", "</s>", "<|im_end|>"]


def test_an_answer_whose_number_stands_anywhere_is_not_counted_as_none(llm: OpenAI) -> None:
    said = {"1 + 1?": "It is 2.", "1 + 2?": "Who knows."}
    rows = [{"question": q, "answer": f"#### {n}"} for n, q in enumerate(said, 2)]
    llm.script = lambda body: Answer(
        text=next(a for q, a in said.items() if q in body["messages"][-1]["content"])
    )

    report = bench("gsm8k", "any", rows, base_url=llm.base_url, shots=0)

    assert report.metrics["exact_match_strict"].mean == 0
    assert report.metrics["exact_match_flexible"].mean == 0.5
    assert report.no_answer == 1


def test_instructions_are_counted_by_prompt_and_each_by_itself(llm: OpenAI) -> None:
    rows = [
        {
            "prompt": f"Write {n}.",
            "instruction_id_list": ["punctuation:no_comma", "startend:quotation"][: n % 2 + 1],
            "kwargs": [{}, {}][: n % 2 + 1],
        }
        for n in range(4)
    ]
    llm.script = says("Sure:\n*no comma*")

    report = bench("ifeval", "chat", rows, base_url=llm.base_url)

    assert report.metrics["prompt_level_strict_acc"].mean == 0.5
    assert report.metrics["inst_level_strict_acc"].mean == pytest.approx(4 / 6)
    assert report.metrics["inst_level_strict_acc"].n == 6
    assert report.groups["startend:quotation"]["inst_level_loose_acc"].mean == 0


def test_two_models_are_compared_question_by_question(llm: OpenAI) -> None:
    ask = partial(bench, "hellaswag", base_url=llm.base_url, self_check=False)
    many = [{**scene, "ctx_a": f"{scene['ctx_a']} {n}."} for n in range(8) for scene in SCENES]
    llm.script = prefers(" boils", " it", ".")
    before = ask("small", many, experiment="small")
    llm.script = prefers(" leaves", " at", " once", ".")
    flipped = [{**scene, "label": "1"} for scene in many]
    after = ask("large", many, experiment="large", baseline="small")

    assert after.comparison is not None
    assert "Whether large differs from small in acc cannot be told" in after.comparison.sentence
    assert after.compare(before).metrics[0].difference.n == 64
    with pytest.raises(ValueError, match="shots 0 and 1"):
        ask("large", many, experiment="shot", shots=1, shots_data=flipped).compare(before)
    llm.asked.clear()
    with pytest.raises(ValueError, match="baseline does not compare: mode 'loglikelihood' and"):
        ask("chat", many, mode="generate", baseline=before, journal=False)
    assert not llm.asked


@pytest.mark.parametrize(
    ("task", "model", "options", "said"),
    [
        ("gsm8k", "m", {"mode": "loglikelihood"}, "asked by generate or complete"),
        ("hellaswag", lambda prompt: "A", {"base_url": None}, "needs an endpoint"),
        ("hellaswag", "m", {"limit": 0}, "limit at least 1"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    llm: OpenAI, task: str, model: Any, options: dict[str, Any], said: str
) -> None:
    rows = SCENES if task == "hellaswag" else [{"question": "Q", "answer": "#### 1"}]

    with pytest.raises((ValueError, TypeError), match=said):
        bench(task, model, rows, shots=0, **{"base_url": llm.base_url, **options})


def test_readers_are_told_of_models_that_are_asked_out_of_their_way(llm: OpenAI) -> None:
    report = bench("hellaswag", "llama-3-instruct", SCENES, base_url=llm.base_url)

    assert "looks like a model trained to answer" in report.warnings[0]
