import { describe, expect, test } from "vitest";
import {
  type Cell,
  inOrder,
  nudged,
  type Placed,
  placed,
  reordered,
  roomFor,
  settled,
} from "./grid";

const panels = (cells: Record<string, [number, number, number, number]>): Placed[] =>
  Object.entries(cells).map(([id, [x, y, w, h]]) => ({ id, position: { x, y, w, h } }));

const cells = (found: readonly Placed[]): Record<string, number[]> =>
  Object.fromEntries(found.map(({ id, position: { x, y, w, h } }) => [id, [x, y, w, h]]));

const WIDE = panels({ a: [0, 0, 12, 4], b: [0, 4, 6, 4], c: [6, 4, 6, 4] });

describe("placed", () => {
  test("a panel that is put onto others pushes them down", () => {
    const found = placed(WIDE, "c", { x: 0, y: 0, w: 6, h: 4 });

    expect(cells(found)).toEqual({ a: [0, 4, 12, 4], b: [0, 8, 6, 4], c: [0, 0, 6, 4] });
  });

  test("nothing stays in the air when a panel leaves its place", () => {
    const found = placed(WIDE, "a", { x: 0, y: 9, w: 12, h: 4 });

    expect(cells(found)).toEqual({ a: [0, 4, 12, 4], b: [0, 0, 6, 4], c: [6, 0, 6, 4] });
  });

  test("a panel stays within the columns, and is never too small to be read", () => {
    const found = placed(WIDE, "b", { x: 11, y: 4, w: 0, h: -3 });

    expect(cells(found).b).toEqual([10, 4, 2, 2]);
  });

  test("whatever is done, no two panels overlap", () => {
    let now = WIDE;
    const goals: Cell[] = Array.from({ length: 60 }, (_, n) => ({
      x: (n * 5) % 12,
      y: (n * 7) % 13,
      w: 2 + ((n * 3) % 11),
      h: 2 + (n % 5),
    }));
    for (const [n, goal] of goals.entries()) {
      now = placed(now, ["a", "b", "c"][n % 3] ?? "a", goal);
      const taken = now.flatMap(({ position: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
      );
      expect(new Set(taken).size).toBe(taken.length);
    }
  });
});

describe("nudged", () => {
  test("down goes as far as it takes to pass what is below", () => {
    expect(cells(nudged(WIDE, "a", { y: 1 }))).toMatchObject({ a: [0, 4, 12, 4], b: [0, 0, 6, 4] });
    expect(cells(nudged(WIDE, "b", { x: 1 }))).toMatchObject({ b: [1, 4, 6, 4], c: [6, 8, 6, 4] });
    expect(cells(nudged(WIDE, "b", { h: 1 }))).toMatchObject({ b: [0, 4, 6, 5] });
  });

  test("at the edge nothing changes", () => {
    expect(nudged(WIDE, "a", { x: -1 })).toBe(WIDE);
    expect(nudged(WIDE, "a", { y: -1 })).toBe(WIDE);
    expect(nudged(WIDE, "nobody", { x: 1 })).toBe(WIDE);
  });
});

test("panels change places with their neighbours in reading order", () => {
  const order = (found: readonly Placed[]) => inOrder(found).map(({ id }) => id);

  expect(order(reordered(WIDE, "c", -1))).toEqual(["a", "c", "b"]);
  expect(order(reordered(WIDE, "b", -1))[0]).toBe("b");
  expect(order(reordered(WIDE, "a", 1))[0]).toBe("b");
  expect(order(reordered(WIDE, "a", -1))).toEqual(["a", "b", "c"]);
  expect(order(reordered(WIDE, "c", 1))).toEqual(["a", "b", "c"]);
});

test("a new panel takes the first room that is large enough", () => {
  const some = panels({ a: [0, 0, 6, 4], b: [0, 4, 12, 4] });

  expect(roomFor(some, { w: 6, h: 4 })).toEqual({ x: 6, y: 0, w: 6, h: 4 });
  expect(roomFor(some, { w: 6, h: 5 })).toEqual({ x: 0, y: 8, w: 6, h: 5 });
  expect(roomFor([], { w: 6, h: 5 })).toEqual({ x: 0, y: 0, w: 6, h: 5 });
});

test("panels of a file that float or overlap are put in order", () => {
  const found = settled(panels({ a: [0, 50, 6, 4], b: [0, 50, 6, 4] }));

  expect(cells(found)).toEqual({ a: [0, 0, 6, 4], b: [0, 4, 6, 4] });
});
