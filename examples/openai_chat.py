"""OpenAI's own client, recorded without a change: one call streamed, one with a tool.

pip install 'pilothouse[openai]' openai
pilothouse up                        # in another terminal
OPENAI_API_KEY=… python examples/openai_chat.py
"""

import json
import os

from openai import OpenAI

import pilothouse as ph

MODEL = os.environ.get("MODEL", "gpt-5-mini")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


@ph.observe(kind="tool")
def get_weather(city: str) -> dict:
    return {"city": city, "celsius": 18}


def main() -> None:
    ph.init(project="examples")
    client = OpenAI()
    with ph.session("conv-weather", user="u-1"):
        with ph.trace("streamed", kind="chain"):
            stream = client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": "What is the capital of France?"}],
                stream=True,
                stream_options={"include_usage": True},
            )
            for chunk in stream:
                if chunk.choices:
                    print(chunk.choices[0].delta.content or "", end="")
            print()
        with ph.trace("with a tool", kind="agent"):
            messages = [{"role": "user", "content": "What is the weather in Paris?"}]
            reply = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
            call = reply.choices[0].message.tool_calls[0]
            result = get_weather(**json.loads(call.function.arguments))
            messages += [
                reply.choices[0].message,
                {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)},
            ]
            reply = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
            print(reply.choices[0].message.content)


if __name__ == "__main__":
    main()
