"""A small agent without any library: tools, a retry, a conversation of two turns, a score.

    pilothouse up                        # in another terminal
    python examples/support_agent.py

No model is called and no key is needed; what the model would say is written down here.
"""

import time

import pilothouse as ph

ORDERS = {"48213": {"status": "delivered", "delivered_at": "2026-10-17", "part": "LID-3L-BLU"}}
failures = 1


@ph.observe(kind="tool")
def get_order(order_id: str) -> dict:
    return ORDERS[order_id]


@ph.observe(kind="tool")
def create_replacement(order_id: str, sku: str) -> dict:
    global failures
    if failures:
        failures -= 1
        raise TimeoutError("POST /replacements gave no answer in 5.00 s")
    return {"replacement_id": "R-90417", "eta": "2026-11-25"}


@ph.observe(kind="llm")
def model(messages: list[dict]):
    """Streams an answer, as a model would; the span ends with the last word."""
    answer = "I have ordered a new lid, free of charge: R-90417 should reach you on Wednesday."
    for word in answer.split():
        time.sleep(0.005)
        yield word + " "


@ph.observe(kind="agent")
def answer_ticket(question: str) -> str:
    order = get_order("48213")
    for attempt in range(2):
        try:
            replacement = create_replacement("48213", sku=order["part"])
            break
        except TimeoutError:
            if attempt:
                raise
    messages = [
        {"role": "system", "content": "You are the support agent of a shop."},
        {"role": "user", "content": question},
        {"role": "tool", "content": str(replacement)},
    ]
    return "".join(model(messages))


def main() -> None:
    ph.init(project="examples", release="1.0.0", environment="demo")
    with ph.session("conv-7f21", user="u-2841", tags=["web"]):
        with ph.trace("ticket", kind="agent") as turn:
            answer = answer_ticket("My order 48213 arrived with a cracked lid.")
            turn.set_input("My order 48213 arrived with a cracked lid.").set_output(answer)
            turn.score("helpful", 1, comment="quick, thank you")
        print(answer)
        with ph.trace("ticket", kind="agent", input="Thanks!") as turn:
            turn.set_output("You are welcome.")


if __name__ == "__main__":
    main()
