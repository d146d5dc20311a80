import { expect, test } from "vitest";
import type { Schema } from "./page";
import { initial, labelOf, resolved, settable, withoutEmpty } from "./schema";

const POINT: Schema = {
  type: "object",
  required: ["x"],
  properties: { x: { type: "string" }, y: { type: "integer", default: 2 }, z: { type: "number" } },
};

test("a form begins with defaults and with what must be there", () => {
  expect(initial(POINT, POINT)).toEqual({ x: "", y: 2 });
});

test("what stands elsewhere or may be null is read as what it is", () => {
  const root: Schema = { $ref: "#/$defs/Point", $defs: { Point: POINT } };

  expect(resolved(root, root).properties).toEqual(POINT.properties);
  const maybe: Schema = { anyOf: [{ type: "string" }, { type: "null" }], title: "Name" };
  expect(resolved(maybe, maybe)).toEqual({ type: "string", title: "Name" });
  expect(resolved({ type: ["null", "integer"] }, {}).type).toBe("integer");
});

test("a schema that leads to itself ends", () => {
  const root: Schema = { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/A" } } };

  expect(resolved(root, root)).toEqual({});
});

test("a conversation's own id is no setting", () => {
  const given = (properties: Record<string, Schema>): Schema => ({
    properties: { configurable: { type: "object", properties } },
  });

  expect(settable(given({ thread_id: { type: "string" } }))).toBeNull();
  expect(Object.keys(settable(given({ mood: {} }))?.properties ?? {})).toEqual(["mood"]);
  expect(settable({})).toBeNull();
});

test("what is left empty is not sent, and names read as words", () => {
  expect(withoutEmpty({ a: "", b: undefined, c: 0, d: false })).toEqual({ c: 0, d: false });
  expect(labelOf("max_tokens", {})).toBe("Max tokens");
});
