import { expect, test } from "vitest";
import { amount, readPrices, typedPrices } from "./priceTypes";

test.each([
  [2.5, "$2.50"],
  [15, "$15.00"],
  [0.075, "$0.075"],
  [undefined, "–"],
])("%s is written %s", (value, text) => {
  expect(amount(value)).toBe(text);
});

test("empty fields are no price, a comma is a decimal point", () => {
  expect(readPrices({ input: "2,5", output: " $10 ", cached: "" })).toEqual({
    prices: { input: 2.5, output: 10 },
  });
});

test.each(["ten", "-1", "1e999"])("%s is no amount", (text) => {
  expect(readPrices({ input: "1", output: text })).toEqual({ wrong: "output" });
});

test("what is stored can be edited and stays the same", () => {
  expect(readPrices(typedPrices({ input: 0.25, request: 0.001 }))).toEqual({
    prices: { input: 0.25, request: 0.001 },
  });
});
