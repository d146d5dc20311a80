import { expect, test } from "vitest";
import { highlight, type Language } from "./highlight";
import { setupsFor } from "./snippets";

const coloured = (code: string, language: Language, colour: string) =>
  highlight(code, language)
    .filter((piece) => piece.colour === colour)
    .map((piece) => piece.text);

test("python shows its words, its calls and its strings", () => {
  const code =
    'import pilothouse as ph\nph.init(project="a")\n@ph.observe\ndef answer(q: str) -> str:';

  expect(coloured(code, "python", "keyword")).toEqual(["import", "as", "@", "def"]);
  expect(coloured(code, "python", "name")).toEqual(["init", "observe", "answer"]);
  expect(coloured(code, "python", "string")).toEqual(['"a"']);
});

test("an address in a shell line is no comment", () => {
  expect(coloured("curl http://localhost:8484/readyz", "shell", "comment")).toEqual([]);
});

test("classes are not coloured as calls", () => {
  expect(coloured("r = OpenAI().responses.create()", "python", "name")).toEqual(["create"]);
});

test("nothing of any snippet is lost or added", () => {
  const target = { address: "http://localhost:8484", project: 'odd "name"', keyNeeded: true };
  for (const setup of setupsFor(target)) {
    for (const step of setup.steps) {
      const text = highlight(step.code, step.language).map((piece) => piece.text);
      expect(text.join("")).toBe(step.code);
    }
  }
});
