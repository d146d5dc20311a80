import { expect, test } from "vitest";
import { blocksOf } from "./sse";
import { after, newTurn } from "./turn";

function event(id: string, name: string, data: object) {
  return { id, name, data: JSON.stringify(data) };
}

test("events that were heard before change nothing", () => {
  const heard = after(newTurn(null, "r"), event("2", "text", { text: "a" }));

  expect(after(heard, event("2", "text", { text: "a" }))).toBe(heard);
  expect(after(heard, event("3", "text", { text: "b" })).text).toBe("ab");
});

test("a step that ends is the step that began", () => {
  const begun = after(newTurn(null, "r"), event("1", "step", { id: "s1", status: "running" }));
  const ended = after(begun, event("2", "step", { id: "s1", status: "done", ms: 5 }));

  expect(ended.steps).toEqual([{ id: "s1", status: "done", ms: 5 }]);
});

test("an error that the server did not keep is the end", () => {
  const failure = { code: "run_lost", message: "gone", retryable: true };

  expect(after(newTurn(null, "r"), event("", "error", failure)).state).toBe("failed");
  expect(after(newTurn(null, "r"), event("1", "error", failure)).state).toBe("running");
});

test("half a block waits for the rest, and comments are no events", () => {
  const [none, rest] = blocksOf(": ping\n\nid: 1\nevent: te");
  const [events, left] = blocksOf(`${rest}xt\ndata: {"text":"a: b"}\n\n`);

  expect(none).toEqual([]);
  expect(events).toEqual([{ id: "1", name: "text", data: '{"text":"a: b"}' }]);
  expect(left).toBe("");
});
