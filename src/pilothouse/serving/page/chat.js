// Asks the target's own stream route, and shows what comes as text: never as HTML.
"use strict";

const messages = document.getElementById("messages");
const form = document.getElementById("form");
const text = document.getElementById("text");
const send = document.getElementById("send");
let thread = newThread();
let asking = null;

// randomUUID is there for pages from https and localhost alone.
function newThread() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function say(role, content) {
  const one = document.createElement("article");
  one.className = role;
  one.textContent = content;
  messages.append(one);
  one.scrollIntoView({ block: "end" });
  return one;
}

async function* events(response) {
  let rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const of = (name) => lines.find((line) => line.startsWith(name))?.slice(name.length) ?? "";
      yield { event: of("event: "), data: of("data: ") };
    }
  }
}

async function ask(question) {
  say("user", question);
  const answer = say("assistant", "");
  asking = new AbortController();
  send.textContent = "Stop";
  try {
    const response = await fetch(document.body.dataset.stream, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input: question, thread_id: thread }),
      signal: asking.signal,
    });
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    for await (const { event, data } of events(response)) {
      if (event === "data") answer.textContent += JSON.parse(data);
      if (event === "error") throw new Error(JSON.parse(data).message);
    }
  } catch (error) {
    if (error.name !== "AbortError") say("error", error.message);
  } finally {
    asking = null;
    send.textContent = "Send";
  }
}

form.addEventListener("submit", (happened) => {
  happened.preventDefault();
  if (asking) {
    asking.abort();
    return;
  }
  const question = text.value.trim();
  if (!question) return;
  text.value = "";
  ask(question);
});

text.addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && !pressed.shiftKey && !pressed.isComposing) {
    pressed.preventDefault();
    form.requestSubmit();
  }
});

document.getElementById("new").addEventListener("click", () => {
  thread = newThread();
  messages.replaceChildren();
  text.focus();
});
