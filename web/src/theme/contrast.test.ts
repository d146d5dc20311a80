import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Read as a file: the test runner empties style sheets that are imported. */
const css = readFileSync("src/theme/tokens.css", "utf8");

type Scheme = 0 | 1;

/** Every token as its two colours, light and dark. */
const tokens = new Map(
  [...css.matchAll(/--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)/g)].map((found) => [
    found[1] as string,
    [found[2] as string, found[3] as string] as const,
  ]),
);

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string, scheme: Scheme): number {
  const color = (name: string) => tokens.get(name)?.[scheme] ?? name;
  const [low, high] = [luminance(color(a)), luminance(color(b))].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const SURFACES = ["bg", "rail", "sunken", "raised", "hover", "selected", "tint"];
const PAIRS: [string, string][] = [
  ...["t1", "t2", "t3"].flatMap((text) => SURFACES.map((on): [string, string] => [text, on])),
  ...["accent", "ok", "err", "warn"].flatMap((text) =>
    ["bg", "hover", "selected", "raised"].map((on): [string, string] => [text, on]),
  ),
  ["ok", "ok-soft"],
  ["err", "err-soft"],
  ["warn", "warn-soft"],
  ["#ffffff", "accent-fill"],
  ...[...tokens.keys()]
    .filter((name) => name.startsWith("kind-"))
    .map((name): [string, string] => [name, "bg"]),
];

test.each([0, 1] as const)(
  "every text reaches 4.5 : 1 where it may stand (scheme %i)",
  (scheme) => {
    expect(tokens.size).toBeGreaterThan(45);
    const low = PAIRS.filter(([a, b]) => contrast(a, b, scheme) < 4.5);
    expect(low).toEqual([]);
  },
);

test.each([0, 1] as const)("marks and edges reach 3 : 1 on the canvas (scheme %i)", (scheme) => {
  const marks = [...tokens.keys()].filter((name) => /^(s\d|field|bar|ghost|.*-fill)$/.test(name));
  expect(marks.filter((name) => contrast(name, "bg", scheme) < 3)).toEqual([]);
});
