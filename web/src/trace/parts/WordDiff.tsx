import { useMemo, useState } from "react";
import { plural } from "../../format";
import { wordDiff } from "../words";
import classes from "./diff.module.css";

/** Longer texts are compared by their beginnings until all is asked for. */
const LONG = 20_000;

/** Two texts as one: what only A says struck through, what only B says marked. */
export function WordDiff({ a, b }: { a: string; b: string }) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && Math.max(a.length, b.length) > LONG;
  const pieces = useMemo(() => {
    const end = cut ? LONG : undefined;
    return wordDiff(a.slice(0, end), b.slice(0, end));
  }, [a, b, cut]);
  if (!a && !b) return <span className={classes.none}>–</span>;
  return (
    <div className={classes.diff} dir="auto">
      {pieces.map((piece, at) => {
        const key = `${at}${piece.side}`;
        if (piece.side === "a") return <del key={key}>{piece.text}</del>;
        if (piece.side === "b") return <ins key={key}>{piece.text}</ins>;
        return <span key={key}>{piece.text}</span>;
      })}
      {cut && (
        <button type="button" className={classes.more} onClick={() => setWhole(true)}>
          compare all {plural(Math.max(a.length, b.length), "character")}
        </button>
      )}
    </div>
  );
}
