/** The sentence that a comparison leads with: who is better, by how much, and how sure that is. */

import { count } from "../../format";
import {
  differenceText,
  pSaid,
  type Separation,
  type Statistics,
  scoresFirst,
  type Tone,
  toneOf,
  withUnit,
} from "./compared";

/** A part of a sentence; the strong ones are what the eye looks for. */
export type Piece = string | { strong: string };

export interface Said {
  before: string;
  /** The one word that carries the verdict. */
  word: string;
  tone: Tone;
  after: string;
  evidence: Piece[];
}

/** Fewer rows than this say little, whatever they say. */
const FEW = 10;
const SAME_COST = 0.005;

/** Who is better in a score, with letters for the two. */
export function verdictOf(main: Separation, statistics: Statistics, a: string, b: string): Said {
  const on = `${a} on ${main.name}`;
  const by = `by ${withUnit(main, main.difference)}.`;
  const evidence = [...evidenceOf(main, statistics), ...besides(main, statistics, a)];
  const said = { before: b, tone: toneOf(main), evidence };
  switch (main.verdict) {
    case "better":
      return { ...said, word: "beats", after: `${on} ${by}` };
    case "worse":
      return { ...said, word: "loses to", after: `${on} ${by}` };
    case "different":
      return { ...said, word: "differs", after: `from ${on} ${by}` };
    default:
      return { ...said, word: "does not differ clearly", after: `from ${on}.` };
  }
}

function evidenceOf(main: Separation, { alpha }: Statistics): Piece[] {
  const n = main.n;
  const decided = main.verdict !== "undecided";
  const pieces: Piece[] = [];
  if (!decided)
    pieces.push(
      "The difference is ",
      { strong: differenceText(main, main.difference) },
      withUnit(main, main.difference).includes("point") ? " points, " : ", ",
    );
  if (main.low !== null && main.high !== null)
    pieces.push(
      `${Math.round((1 - alpha) * 100)} % interval `,
      { strong: differenceText(main, main.low) },
      " to ",
      { strong: differenceText(main, main.high) },
      ", ",
    );
  const [name = "", sign = "", value = ""] = pSaid(main.p_adjusted).split(" ");
  pieces.push(`${name} ${sign} `, { strong: value }, ", n = ", { strong: count(n) }, " paired.");
  if (n < FEW) pieces.push(` ${n === 1 ? "One example is" : `${n} examples are`} too few to tell.`);
  if (!decided && main.detectable !== null) pieces.push(...whatWouldShow(main, n));
  return pieces;
}

function whatWouldShow(main: Separation, n: number): Piece[] {
  const pieces: Piece[] = [
    " So many examples would show differences from ",
    { strong: withUnit(main, main.detectable ?? 0) },
    " on",
  ];
  if (main.rows_needed === null || main.rows_needed <= n) return [...pieces, "."];
  return [
    ...pieces,
    "; one as small as this takes about ",
    { strong: count(main.rows_needed) },
    ".",
  ];
}

/** What else changed: the price, the scores that are clearly better or worse, and the rest. */
function besides(main: Separation, statistics: Statistics, a: string): Piece[] {
  const parts: Piece[][] = [];
  const price = priceOf(statistics);
  if (price !== null)
    parts.push(
      Math.abs(price) < SAME_COST
        ? [`costs the same as ${a}`]
        : ["costs ", { strong: `${percents(price)} ${price > 0 ? "more" : "less"}` }],
    );
  const others = scoresFirst(statistics.metrics, []).filter((one) => one.name !== main.name);
  for (const one of others) {
    if (one.verdict === "undecided") continue;
    const size = { strong: withUnit(one, one.difference) };
    if (one.verdict === "different") parts.push([`differs in ${one.name} by `, size]);
    else if (one.lower_is_better) parts.push([`is ${one.verdict} in ${one.name} by `, size]);
    else parts.push([one.verdict === "better" ? "gains " : "loses ", size, ` of ${one.name}`]);
  }
  const pieces: Piece[] = [];
  parts.forEach((part, n) => {
    pieces.push(n === 0 ? " It " : n === parts.length - 1 ? " and " : ", ", ...part);
  });
  if (parts.length > 0) pieces.push(".");
  const unclear = others.filter((one) => one.verdict === "undecided").length;
  if (unclear > 0)
    pieces.push(
      unclear === 1
        ? " One other score shows no clear difference."
        : ` The other ${count(unclear)} scores show no clear difference.`,
    );
  return pieces;
}

/** How much dearer a run is, as a share; null where that is unknown. */
function priceOf({ metrics }: Statistics): number | null {
  const cost = metrics.find((one) => one.kind === "measure" && one.name === "cost");
  return cost && cost.baseline_mean > 0 ? cost.difference / cost.baseline_mean : null;
}

function percents(share: number): string {
  const size = Math.abs(share) * 100;
  return `${size < 10 ? size.toFixed(1) : size.toFixed(0)} %`;
}

/** A sentence as plain text, as it is read out or copied. */
export function plain(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : piece.strong)).join("");
}
