import { describe, expect, test } from "vitest";
import type { FilterLanguage } from "../api/types";
import { applied, isWhole, placeAt, suggestions } from "./complete";
import {
  type Condition,
  conditionsText,
  joined,
  parseConditions,
  ranged,
  toggled,
  withoutField,
} from "./conditions";
import { tokenize, unquote } from "./tokens";

const kinds = (text: string) =>
  tokenize(text)
    .filter((token) => token.kind !== "space")
    .map((token) => `${token.kind}:${token.text}`);

describe("tokens", () => {
  test("the picture's expression comes apart as it is coloured", () => {
    expect(kinds('any(span: kind = "tool") or scores.correctness < 0.5')).toEqual([
      "quantifier:any",
      "mark:(",
      "field:span",
      "mark::",
      "field:kind",
      "operator:=",
      'string:"tool"',
      "mark:)",
      "word:or",
      "field:scores.correctness",
      "operator:<",
      "number:0.5",
    ]);
  });

  test("an unfinished string reaches the end and nothing is lost", () => {
    const text = 'name = "no end';
    expect(
      tokenize(text)
        .map((token) => token.text)
        .join(""),
    ).toBe(text);
    expect(kinds(text).at(-1)).toBe('string:"no end');
  });

  test("odd signs and other scripts are pieces too", () => {
    expect(kinds("名前 = § 4k")).toEqual(["field:名前", "operator:=", "odd:§", "number:4k"]);
  });

  test("what is quoted comes back", () => {
    expect(unquote('"a \\"b\\" \\\\ c"')).toBe('a "b" \\ c');
  });
});

describe("conditions", () => {
  const all: Condition[] = [
    { kind: "is", field: "environment", list: false, values: ["production"], not: false },
    { kind: "is", field: "tags", list: true, values: ["internal"], not: true },
    { kind: "is", field: "release", list: false, values: ["2.14.0", 'a "b"'], not: false },
    { kind: "is", field: "tags", list: true, values: ["a", "b"], not: false },
    { kind: "range", field: "scores.correctness", from: 0, to: 0.5 },
    { kind: "range", field: "duration_ms", from: 2000, to: null },
    { kind: "known", field: "user_id", not: true },
    { kind: "other", text: 'any(span: kind = "tool" and status = "error")' },
  ];

  test("go to text and back", () => {
    expect(parseConditions(conditionsText(all))).toEqual(all);
  });

  test("an `or` stays whole", () => {
    const text = 'a = "1" or b = "2"';
    expect(parseConditions(text)).toEqual([{ kind: "other", text }]);
  });

  test("bar and chips are joined by and, the bar in parentheses", () => {
    expect(joined('a = "1" or b = "2"', all.slice(0, 1))).toBe(
      '(a = "1" or b = "2") and environment = "production"',
    );
    expect(joined(" ", [])).toBe("");
  });

  test("a second value of a facet is added to the first, a third click takes it away", () => {
    const one = toggled([], "release", "1", false);
    const two = toggled(one, "release", "2", false);
    expect(conditionsText(two)).toBe('release in ("1", "2")');
    expect(toggled(two, "release", "1", false)).toEqual(toggled([], "release", "2", false));
    expect(toggled(toggled(two, "release", "1", false), "release", "2", false)).toEqual([]);
  });

  test("excluding a chosen value takes back the choice", () => {
    const chosen = toggled([], "release", "1", false);
    expect(conditionsText(toggled(chosen, "release", "1", true))).toBe('not release = "1"');
  });

  test("a range replaces the range of its field", () => {
    const low = ranged([], "duration_ms", { from: 0, to: 10 });
    expect(ranged(low, "duration_ms", { from: 5, to: 9 })).toHaveLength(1);
    expect(ranged(low, "duration_ms", null)).toEqual([]);
    expect(withoutField(all, "tags")).toHaveLength(6);
  });
});

describe("completion", () => {
  const field = (name: string, type: string, more: object = {}) => ({
    name,
    type,
    sentence: "",
    operators: ["=", "exists"],
    values: [] as string[],
    facets: true,
    open: false,
    own: true,
    ...more,
  });
  const language: FilterLanguage = {
    scope: "traces",
    fields: [
      field("status", "text", { values: ["ok", "error"] }),
      field("cost.total", "money"),
      field("metadata", "open", { open: true }),
    ],
    operators: [{ name: "=", sentence: "is" }],
    words: [
      { name: "and", sentence: "both hold" },
      { name: "or", sentence: "one holds" },
      { name: "not", sentence: "does not hold" },
    ],
    functions: [
      { name: "any(span: …)", sentence: "one span holds it" },
      { name: "all(span: …)", sentence: "every span holds it" },
      { name: "any(metadata: …)", sentence: "one entry holds it" },
      { name: "now - 2h", sentence: "two hours ago" },
    ],
    suffixes: [],
  };
  const offered = (text: string, values = [] as { value: string; count: number }[]) =>
    suggestions(placeAt(text, text.length), language, values).map((one) => one.label);

  test("knows what may stand where", () => {
    const expected = (text: string) => placeAt(text, text.length).expected;
    expect(expected("")).toBe("field");
    expect(expected("sta")).toBe("field");
    expect(expected("status ")).toBe("operator");
    expect(expected("status = ")).toBe("value");
    expect(expected('status = "er')).toBe("value");
    expect(expected('status = "error" ')).toBe("joint");
    expect(expected('status = "error" and ')).toBe("field");
    expect(expected('status in ("ok", ')).toBe("value");
    expect(expected("any(span: ")).toBe("field");
    expect(expected("any(")).toBe("scope");
    expect(expected("exists ")).toBe("field");
    expect(expected("exists status ")).toBe("joint");
  });

  test("offers quantifiers, what they run over, and the parts of an entry", () => {
    expect(offered("an")).toEqual(["any(span: …)", "any(metadata: …)"]);
    expect(offered("any(")).toEqual(["span", "metadata"]);
    expect(offered("any(me")).toEqual(["metadata"]);
    expect(offered("any(metadata: ")).toEqual(["key", "value"]);
    expect(offered('any(metadata: key = "tier" and (v')).toEqual(["value"]);
    expect(offered("any(span: sta")).toEqual(["status"]);
    expect(offered('any(metadata: key = "tier") and sta')).toEqual(["status"]);
  });

  test("an expression in the middle of being typed is not asked for", () => {
    expect(isWhole("")).toBe(true);
    expect(isWhole('status = "error"')).toBe(true);
    expect(isWhole("duration_ms > 2s")).toBe(true);
    expect(isWhole("user_id exists")).toBe(true);
    for (const text of ["sta", "status =", 'status = "er', 'status = "ok" and', "any(span: a = 1"])
      expect(isWhole(text), text).toBe(false);
  });

  test("offers fields, then operators, then values, then joints", () => {
    expect(offered("tot")).toEqual(["cost.total"]);
    expect(offered("status ")).toEqual(["=", "exists"]);
    expect(offered("status = ", [{ value: "error", count: 3 }])).toEqual(["error", "ok"]);
    expect(offered('status = "ok" ')).toEqual(["and", "or"]);
  });

  test("taking a value closes its quotation", () => {
    const text = 'status = "er';
    const place = placeAt(text, text.length);
    const [first] = suggestions(place, language);
    expect(first && applied(text, place, first)).toEqual({ text: 'status = "error" ', cursor: 17 });
  });

  test("an open field asks for its key at once", () => {
    const [first] = suggestions(placeAt("meta", 4), language);
    expect(first?.insert).toBe("metadata.");
  });
});
