import { useMemo } from "react";
import { keyOf } from "../../keyOf";
import type { Separation, Statistics } from "./compared";
import { letterOf } from "./sides";
import { type Piece, verdictOf } from "./verdict";
import classes from "./verdict.module.css";

interface Props {
  main: Separation;
  statistics: Statistics;
  /** The place of the candidate among the experiments; the baseline is A. */
  at: number;
}

/** What the comparison comes to, in a sentence, and what it rests on. */
export function VerdictLine({ main, statistics, at }: Props) {
  const said = useMemo(
    () => verdictOf(main, statistics, letterOf(0), letterOf(at)),
    [main, statistics, at],
  );
  return (
    <section className={classes.verdict} aria-label="Verdict">
      <h2>
        {said.before} <em data-tone={said.tone}>{said.word}</em> {said.after}
      </h2>
      <p>
        <Pieces pieces={said.evidence} />
      </p>
    </section>
  );
}

export function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece) =>
    typeof piece === "string" ? piece : <b key={keyOf(piece)}>{piece.strong}</b>,
  );
}
