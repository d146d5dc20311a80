"""A server that speaks as much of OpenAI's and Anthropic's HTTP as our tests call.

Answers are scripted by what is asked: "weather" brings a tool call and, once its result is there,
the answer; the model `gpt-broken` brings a 500, `gpt-limited` a 429; everything else is answered
with a fixed sentence. Usage is always the same, so that tests can name the numbers. A test that
needs other answers gives a `script`.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from typing import Any
from zlib import crc32

ANSWER = "The capital of France is Paris."
WEATHER = "It is 18 degrees in Paris."
USAGE = {
    "prompt_tokens": 25,
    "completion_tokens": 12,
    "total_tokens": 37,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0},
}
CLAUDE_USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 40,
    "cache_creation_input_tokens": 20,
    "output_tokens": 12,
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
TOKEN = re.compile(r"\s?\w+|\s|[^\w\s]")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a script answers: a completion that says `text`, or any body."""

    text: str | None = None
    body: Body | str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    finish_reason: str = "stop"
    refusal: str | None = None
    logprobs: Body | None = None


@dataclass(slots=True)
class OpenAI:
    """Where the server is, and what it was asked."""

    url: str = ""
    asked: list[tuple[str, Body]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    script: Callable[[Body], Answer | None] | None = None
    """Answers a body in place of the functions below, where it answers at all."""

    @property
    def base_url(self) -> str:
        """What OpenAI's client calls `base_url`."""
        return f"{self.url}/v1"


def chat(body: Body) -> Body:
    """A whole answer of the chat completions API."""
    message: Body = {"role": "assistant", "content": _says(body), "refusal": None}
    reason = "stop"
    if _wants_tool(body):
        message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
        reason = "tool_calls"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": f"{body['model']}-2026-08-07",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": USAGE,
    }


def scripted(answer: Answer, body: Body) -> Body | str:
    """The body of a script's answer; the text is a forced tool's arguments where one is forced."""
    if answer.body is not None:
        return answer.body
    whole = chat({**body, "tools": None})
    (choice,) = whole["choices"]
    message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    if body.get("tool_choice") and answer.refusal is None:
        function = {"name": body["tool_choice"]["function"]["name"], "arguments": answer.text}
        call = {"id": "call_1", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
    choice |= {
        "message": message,
        "finish_reason": answer.finish_reason,
        "logprobs": answer.logprobs,
    }
    return whole


def chat_chunks(body: Body) -> Iterator[Body]:
    """The same in pieces."""
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": f"{body['model']}-2026-08-07",
    }
    deltas: list[Body] = [{"role": "assistant", "content": ""}]
    if _wants_tool(body):
        deltas.append({"tool_calls": [{"index": 0, **CALL}]})
    else:
        deltas += [{"content": f"{word} "} for word in _says(body).split()]
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    reason = "tool_calls" if _wants_tool(body) else "stop"
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": USAGE}


def completions(body: Body, likely: Collection[str] = ()) -> Body:
    """A whole answer of the older API; with `echo` the text's own tokens and how likely they are.

    A token is a word with the space before it, or a mark. `likely` ones are almost certain; others
    are as likely as their letters say, and less so than the one that would have been there.
    """
    prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
    choices = []
    for place, prompt in enumerate(prompts):
        choice: Body = {"index": place, "text": f" {ANSWER}", "finish_reason": "length"}
        if body.get("echo"):
            tokens = [*TOKEN.findall(prompt), " The"]
            rates = [-0.01 if t in likely else -1 - crc32(t.encode()) % 900 / 100 for t in tokens]
            tops = [
                {token: rate} | ({} if token in likely else {"?": -0.9})
                for token, rate in zip(tokens, rates, strict=True)
            ]
            choice["text"] = "".join(tokens)
            choice["logprobs"] = {
                "tokens": tokens,
                "token_logprobs": [None, *rates[1:]],
                "top_logprobs": [None, *tops[1:]],
                "text_offset": [0, *accumulate(map(len, tokens[:-1]))],
            }
        choices.append(choice)
    return {"object": "text_completion", "model": body["model"], "choices": choices, "usage": USAGE}


def embeddings(body: Body) -> Body:
    """One vector an input."""
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    count = 4 * len(inputs) + 1
    return {
        "object": "list",
        "model": body["model"],
        "data": [
            {"object": "embedding", "index": place, "embedding": [0.1, 0.2, 0.3]}
            for place in range(len(inputs))
        ],
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }


def messages(body: Body) -> Body:
    """A whole answer of Anthropic's API."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": _says(body)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": CLAUDE_USAGE,
    }


def _says(body: Body) -> str:
    return WEATHER if any(m["role"] == "tool" for m in body["messages"]) else ANSWER


def _wants_tool(body: Body) -> bool:
    last = body["messages"][-1]
    return bool(body.get("tools")) and last["role"] == "user"


def failure(model: str) -> tuple[int, Body] | None:
    """What the models that always fail answer."""
    if model == "gpt-broken":
        return 500, {"error": {"message": "scripted failure", "type": "server_error"}}
    if model == "gpt-limited":
        return 429, {"error": {"message": "scripted limit", "type": "rate_limit_error"}}
    return None


WHOLE = {
    "/v1/chat/completions": chat,
    "/v1/completions": completions,
    "/v1/embeddings": embeddings,
    "/v1/messages": messages,
}


class Handler(BaseHTTPRequestHandler):
    """Routes a request to the functions above."""

    protocol_version = "HTTP/1.1"
    state: OpenAI

    def do_POST(self) -> None:
        body: Body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.state.asked.append((self.path, body))
        self.state.headers.append(dict(self.headers))
        failed = failure(str(body.get("model")))
        answer = self.state.script(body) if self.state.script is not None else None
        if answer is not None:
            time.sleep(answer.after_s)
            self._send(answer.status, scripted(answer, body), answer.headers)
        elif failed is not None:
            self._send(failed[0], failed[1])
        elif self.path not in WHOLE:
            self._send(404, {"error": {"message": f"no {self.path}"}})
        elif self.path == "/v1/chat/completions" and body.get("stream"):
            self._stream(chat_chunks(body))
        else:
            self._send(200, WHOLE[self.path](body))

    def _send(
        self, status: int, body: Body | str, headers: Mapping[str, str] | None = None
    ) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, chunks: Iterator[Body]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def openai_server(port: int = 0) -> Iterator[OpenAI]:
    """The server, running."""
    state = OpenAI()
    handler = type("Bound", (Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
