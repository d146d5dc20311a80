/** What changed between two texts, by words. */

export interface Piece {
  text: string;
  side: "both" | "a" | "b";
}

/** Beyond this many cells the middle is given as replaced whole; it would be unreadable anyway. */
const MOST_CELLS = 4_000_000;

export function splitWords(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

/** Indices of a longest common subsequence, as pairs; null when it would cost too much. */
export function common<T>(
  a: readonly T[],
  b: readonly T[],
  same: (x: T, y: T) => boolean,
): [number, number][] | null {
  let head = 0;
  while (head < a.length && head < b.length && same(a[head] as T, b[head] as T)) head += 1;
  let tail = 0;
  const room = Math.min(a.length, b.length) - head;
  while (tail < room && same(a[a.length - 1 - tail] as T, b[b.length - 1 - tail] as T)) tail += 1;
  const rows = a.length - head - tail;
  const columns = b.length - head - tail;
  if (rows * columns > MOST_CELLS) return null;
  const pairs: [number, number][] = [];
  for (let at = 0; at < head; at += 1) pairs.push([at, at]);
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = same(a[head + i] as T, b[head + j] as T)
        ? (lengths[(i + 1) * width + j + 1] as number) + 1
        : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (same(a[head + i] as T, b[head + j] as T)) {
      pairs.push([head + i, head + j]);
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number))
      i += 1;
    else j += 1;
  }
  for (let at = tail; at > 0; at -= 1) pairs.push([a.length - at, b.length - at]);
  return pairs;
}

function joined(words: string[], from: number, to: number): string {
  return words.slice(from, to).join("");
}

/** Two texts as pieces: in both, only in the first, only in the second. */
export function wordDiff(a: string, b: string): Piece[] {
  if (a === b) return a ? [{ text: a, side: "both" }] : [];
  const [left, right] = [splitWords(a), splitWords(b)];
  const pairs = common(left, right, (x, y) => x === y) ?? [];
  const pieces: Piece[] = [];
  const push = (text: string, side: Piece["side"]) => {
    const last = pieces.at(-1);
    if (!text) return;
    if (last?.side === side) last.text += text;
    else pieces.push({ text, side });
  };
  let [i, j] = [0, 0];
  for (const [x, y] of [...pairs, [left.length, right.length] as const]) {
    push(joined(left, i, x), "a");
    push(joined(right, j, y), "b");
    if (x < left.length) push(left[x] as string, "both");
    [i, j] = [x + 1, y + 1];
  }
  return smooth(pieces);
}

/** Draws lone spaces between changes into them: otherwise a rewritten sentence is a zebra. */
function smooth(pieces: Piece[]): Piece[] {
  const calm: Piece[] = [];
  let only: { a: string; b: string } | null = null;
  const flush = () => {
    if (only?.a) calm.push({ text: only.a, side: "a" });
    if (only?.b) calm.push({ text: only.b, side: "b" });
    only = null;
  };
  pieces.forEach((piece, at) => {
    if (piece.side !== "both") {
      only ??= { a: "", b: "" };
      only[piece.side] += piece.text;
      return;
    }
    const between = only !== null && at < pieces.length - 1 && piece.text.trim() === "";
    if (between && only) {
      only.a += piece.text;
      only.b += piece.text;
      return;
    }
    flush();
    calm.push(piece);
  });
  flush();
  return calm;
}
