import { expect, test } from "vitest";
import { setupsFor } from "./snippets";

const open = { address: "http://localhost:8484", project: "support-agent", keyNeeded: false };

const code = (target: typeof open, key: string) =>
  setupsFor(target)
    .find((setup) => setup.key === key)
    ?.steps.map((step) => step.code)
    .join("\n") ?? "";

test("every library has two steps and names this server's address", () => {
  for (const setup of setupsFor({ ...open, address: "https://traces.example.com/pilot" })) {
    expect(setup.steps).toHaveLength(2);
    expect(code({ ...open, address: "https://traces.example.com/pilot" }, setup.key)).toContain(
      "https://traces.example.com/pilot",
    );
  }
});

test("every library names the project", () => {
  for (const setup of setupsFor(open)) expect(code(open, setup.key)).toContain("support-agent");
});

test("an open server asks for no key", () => {
  for (const setup of setupsFor(open)) expect(code(open, setup.key)).not.toContain("YOUR_API_KEY");
});

test("a closed server's set-ups all carry a key", () => {
  const closed = { ...open, keyNeeded: true };
  for (const setup of setupsFor(closed)) expect(code(closed, setup.key)).toContain("YOUR_API_KEY");
});

test("a project with quotes and spaces stays one word of shell and one string of Python", () => {
  const awkward = { ...open, project: `the "best" agent's` };

  expect(code(awkward, "opentelemetry")).toContain(`OTEL_SERVICE_NAME='the "best" agent'\\''s'`);
  expect(code(awkward, "python")).toContain(`project="the \\"best\\" agent's"`);
  expect(code(awkward, "curl")).toContain(`"the \\"best\\" agent'\\''s"`);
});
