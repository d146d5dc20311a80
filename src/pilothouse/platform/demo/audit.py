"""One long run: an agent that checks 24 suppliers before the spring range is fixed."""

from __future__ import annotations

from typing import Any

from pilothouse.platform.demo.calls import CLAUDE, GPT5, Message, llm, tool, weight
from pilothouse.platform.demo.story import Failure, Story, compact

SUPPLIERS = (
    "Aurland Poles", "Bergtau Cordage", "Cirrus Zips", "Dovre Canvas", "Elgform Cookware",
    "Fjell & Feather", "Grindstad Buckles", "Havtex Laminates", "Isfjord Insulation",
    "Jotun Burners", "Kvitfoss Bottles", "Lomvi Threads", "Myrdal Straps", "Nordvind Fabrics",
    "Otta Alloys", "Polarlys Lamps", "Rauma Wool", "Sognstål", "Tind Valves", "Ulvik Foam",
    "Vestkyst Dyes", "Ylva Mesh", "Ørsta Pegs", "Åsnes Webbing",
)  # fmt: skip
PLAN = (
    "You prepare the spring range of Fjordline. For each supplier find out the lead time, the "
    "price change and open complaints, judge the risk, then write one page for the buyers."
)
CHECK = "You check one supplier. Use the tools, then answer with risk (low, medium, high) and why."
RISKS = (
    ("low", "Deliveries were on time all year and prices stay as they are."),
    ("medium", "Lead time grew by two weeks; order the poles by mid December."),
    ("low", "One late delivery in March, none since."),
    ("high", "Eleven complaints about the same seam; ask for a new sample before ordering."),
)


def review(story: Story) -> None:
    """Tells the whole run, some 300 spans, as one trace."""
    task = "Check all 24 suppliers and tell us which to reorder from for spring."
    attributes: dict[str, Any] = {
        "openinference.span.kind": "AGENT",
        "agent.name": "range-planner",
        "input.value": task,
        "input.mime_type": "text/plain",
    }
    history = [Message(role="system", text=PLAN), Message(role="user", text=task)]
    found: list[str] = []
    with story.span("spring_range_review", attributes):
        steps = Message(
            role="assistant",
            thought="24 suppliers, three facts each. I go through them one by one and keep a list.",
            text="I will check each supplier in turn and then write the summary.",
        )
        llm(story, "plan", GPT5, history, steps, reasoning=960, stream=True)
        history.append(steps)
        for place, supplier in enumerate(SUPPLIERS):
            found.append(_supplier(story, supplier, place))
        summary = _summary(found)
        history.append(Message(role="user", text="\n".join(found)))
        said = Message(role="assistant", text=summary)
        llm(story, "write_summary", CLAUDE, history, said, stream=True)
        attributes["output.value"] = summary
        attributes["output.mime_type"] = "text/markdown"


def _supplier(story: Story, supplier: str, place: int) -> str:
    risk, why = RISKS[(place * 7 + 3) % len(RISKS)]
    attributes: dict[str, Any] = {
        "openinference.span.kind": "AGENT",
        "agent.name": "supplier-checker",
        "input.value": supplier,
        "input.mime_type": "text/plain",
    }
    history = [Message(role="system", text=CHECK), Message(role="user", text=supplier)]
    random = story.random
    cached = 0
    with story.span("check_supplier", attributes):
        looks = (
            ("get_deliveries", {"supplier": supplier, "year": 2026},
             {"orders": random.randrange(4, 30), "late": random.randrange(0, 4)}),
            ("get_prices", {"supplier": supplier},
             {"change_percent": round(random.uniform(-1, 6), 1), "valid_from": "2027-01-01"}),
            ("search_complaints", {"supplier": supplier, "since": "2026-05-01"},
             {"count": 11 if risk == "high" else random.randrange(0, 4)}),
            ("get_lead_time", {"supplier": supplier}, {"weeks": random.randrange(3, 11)}),
        )  # fmt: skip
        for name, arguments, result in looks:
            ident = f"call_{random.getrandbits(40):010x}"
            asked = Message(role="assistant", calls=((ident, name, arguments),))
            llm(story, f"chat {CLAUDE.name}", CLAUDE, history, asked, cached=cached)
            cached = weight(history)
            history.append(asked)
            _look(story, name, arguments, result, ident, fails=(place, name) in SLOW)
            history.append(Message(role="tool", text=compact(result), answers=ident, name=name))
        said = Message(role="assistant", text=f"{risk}: {why}")
        llm(story, f"chat {CLAUDE.name}", CLAUDE, history, said, cached=cached, stream=True)
        with story.span("note_finding", {
            "openinference.span.kind": "CHAIN",
            "input.value": said.text,
            "output.value": "noted",
        }):  # fmt: skip
            story.wait(2, 9)
        attributes["output.value"] = said.text
    return f"{supplier}: {risk}. {why}"


SLOW = {(4, "get_prices"), (13, "search_complaints"), (17, "get_deliveries")}
"""Where the first attempt runs out of time."""


def _look(
    story: Story,
    name: str,
    arguments: dict[str, Any],
    result: dict[str, Any],
    ident: str,
    *,
    fails: bool,
) -> None:
    wrapper = {"openinference.span.kind": "CHAIN", "input.value": compact(arguments)}
    if not fails:
        tool(story, name, arguments, result, call_id=ident, took_ms=(60, 900))
        return
    with story.span("with_retries", wrapper):
        failure = Failure(
            "TimeoutError",
            f"{name} gave no answer in 8.00 s",
            ("fjordline/range/tools.py:54:call:raise TimeoutError(message)",),
        )
        try:
            tool(story, name, arguments, None, call_id=ident, took_ms=(8000, 8000),
                 failure=failure)  # fmt: skip
        except Failure:
            story.wait(500)
        tool(story, name, arguments, result, call_id=ident, took_ms=(60, 900))


def _summary(found: list[str]) -> str:
    high = [line.split(":")[0] for line in found if ": high" in line]
    medium = [line.split(":")[0] for line in found if ": medium" in line]
    return (
        "# Spring range: suppliers\n\n"
        f"**Reorder now:** {len(found) - len(high) - len(medium)} suppliers without remarks.\n\n"
        f"**Order early (longer lead time):** {', '.join(medium)}.\n\n"
        f"**New sample first:** {', '.join(high)}.\n"
    )
