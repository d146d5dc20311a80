import { expect, test } from "vitest";
import { DEFAULT_ORDER, nextOrder, readOrder } from "./columns";

test("a number is first sorted from the top, pressed again from the bottom", () => {
  expect(nextOrder(DEFAULT_ORDER, "cost.total")).toBe("-cost.total");
  expect(nextOrder("-cost.total", "cost.total")).toBe("cost.total");
});

test("names are first sorted from a to z", () => {
  expect(nextOrder(DEFAULT_ORDER, "user_id")).toBe("user_id");
  expect(nextOrder("user_id", "user_id")).toBe("-user_id");
});

test("an order nobody knows is the default", () => {
  expect(readOrder("-shoe_size")).toBe(DEFAULT_ORDER);
  expect(readOrder("trace_count")).toBe("trace_count");
});
