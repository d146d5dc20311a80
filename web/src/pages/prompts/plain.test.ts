import { describe, expect, it } from "vitest";
import { draftOf, labelsOf, newMessage, pieces, promptOf, typedValue } from "./plain";
import type { PlainPrompt } from "./queries";

const PROMPT: PlainPrompt = {
  type: "chat",
  template_format: "f-string",
  messages: [
    { role: "system", content: "Answer from {documents}" },
    { role: "placeholder", name: "history", optional: true },
    { role: "user", content: [{ type: "text", text: "{question}" }] },
    { role: "assistant", content: "{not filled in}", literal: true },
  ],
  variables: [],
  model: { provider: "openai", name: "gpt-4o" },
  parameters: { temperature: 0 },
  tools: [{ name: "search" }],
  schema: { type: "object" },
};

describe("the form of a prompt", () => {
  it("gives back what it was given", () => {
    expect(promptOf(draftOf(PROMPT))).toEqual(PROMPT);
  });

  it("says what is no JSON, and what is of the wrong shape", () => {
    const draft = draftOf(PROMPT);
    expect(() => promptOf({ ...draft, parameters: "{" })).toThrow("Parameters: no valid JSON");
    expect(() => promptOf({ ...draft, tools: "{}" })).toThrow("Tools: a JSON list belongs here.");
    const messages = [newMessage({ role: "placeholder" })];
    expect(() => promptOf({ ...draft, messages })).toThrow("Message 1: a placeholder needs");
  });

  it("reads labels between commas, each once", () => {
    expect(labelsOf(" production, staging,production ,")).toEqual(["production", "staging"]);
  });
});

describe("a template", () => {
  it("shows what is filled in, and leaves doubled braces alone", () => {
    expect(pieces("Hi {name}, {{json}}", "f-string")).toEqual([
      { text: "Hi ", variable: false },
      { text: "{name}", variable: true },
      { text: ", {{json}}", variable: false },
    ]);
    expect(pieces("{{#docs}}{{text}}{{/docs}}", "mustache").map((one) => one.text)).toEqual([
      "{{#docs}}",
      "{{text}}",
      "{{/docs}}",
    ]);
  });

  it("takes JSON for lists and objects, text for all else", () => {
    expect(typedValue('[{"role": "user"}]')).toEqual([{ role: "user" }]);
    expect(typedValue("{not json")).toBe("{not json");
    expect(typedValue("12")).toBe("12");
  });
});
