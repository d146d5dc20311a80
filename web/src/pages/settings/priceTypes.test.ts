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

test("a price below a cent and one of no digits before the point are read as they are shown", () => {
  expect(readPrices({ input: "0,075", cached: ".5", output: "1e-7" })).toEqual({
    prices: { input: 0.075, cached: 0.5, output: 1e-7 },
  });
});

test.each(["ten", "-1", "1e999", "1000001", "0x10", "1,250", "1.250,00", "."])(
  "%s is no amount",
  (text) => {
    expect(readPrices({ input: "1", output: text })).toEqual({ wrong: "output" });
  },
);

test("what is stored can be edited and stays the same", () => {
  expect(readPrices(typedPrices({ input: 0.25, request: 0.001 }))).toEqual({
    prices: { input: 0.25, request: 0.001 },
  });
});
