import { expect, test } from "vitest";
import { changeOf } from "./change";

const week = "the 7 days before";

test("more traces is neither good nor bad", () => {
  expect(changeOf(111, 100, { as: "ratio", worse: null }, week)).toEqual({
    text: "+11 %",
    tone: "plain",
    words: "up 11 % on the 7 days before",
  });
});

test("a larger error share is bad and is told in points", () => {
  expect(changeOf(0.024, 0.014, { as: "points", worse: "up" }, week)).toMatchObject({
    text: "+1.0 points",
    tone: "bad",
  });
});

test("a faster p50 is good and has a true minus sign", () => {
  expect(changeOf(98, 100, { as: "ratio", worse: "up" }, week)).toMatchObject({
    text: "−2 %",
    tone: "good",
  });
});

test("a lower mean score is bad", () => {
  expect(changeOf(0.83, 0.84, { as: "difference", worse: "down" }, week)).toMatchObject({
    text: "−0.01",
    tone: "bad",
  });
});

test("what rounds to nothing is no change, in no tone", () => {
  expect(changeOf(1000, 1001, { as: "ratio", worse: "up" }, week)).toEqual({
    text: "no change",
    tone: "plain",
    words: "the same as the 7 days before",
  });
});

test("a growth of more than ten times is told as a factor", () => {
  expect(changeOf(52_000, 1000, { as: "ratio", worse: null }, week)?.text).toBe("×52");
});

test("there is no change against nothing or the unknown", () => {
  expect(changeOf(5, 0, { as: "ratio", worse: null }, week)).toBeNull();
  expect(changeOf(5, null, { as: "ratio", worse: null }, week)).toBeNull();
  expect(changeOf(undefined, 5, { as: "ratio", worse: null }, week)).toBeNull();
});
