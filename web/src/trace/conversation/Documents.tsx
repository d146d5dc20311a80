import { useState } from "react";
import { score as written } from "../../format";
import type { Card, CardDocument } from "../cards";
import { oneLine } from "../model";
import { LongText } from "../parts/LongText";
import classes from "./card.module.css";

const SHOWN = 3;

/** The documents of a search, three in a row; the rest when asked for. */
export function Documents({ card, onPress }: { card: Card; onPress: () => void }) {
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const shown = all ? card.documents : card.documents.slice(0, SHOWN);
  const best = Math.max(...card.documents.map((one) => one.score ?? 0), 0);
  const opened = card.documents.find((one) => one.rank === open);
  return (
    <>
      <div className={classes.documents} data-count={Math.min(SHOWN, card.documents.length)}>
        {shown.map((document) => (
          <DocumentCell
            key={document.rank}
            document={document}
            share={shareOf(document, best)}
            open={open === document.rank}
            onPress={() => {
              setOpen(open === document.rank ? null : document.rank);
              onPress();
            }}
          />
        ))}
      </div>
      {opened && (
        <div className={classes.opened}>
          <LongText text={opened.text} markdown />
        </div>
      )}
      {card.documents.length > SHOWN && (
        <button
          type="button"
          className={classes.all}
          onClick={() => setAll(!all)}
          aria-expanded={all}
        >
          {all ? "show fewer" : `show all ${card.documents.length}`}
        </button>
      )}
    </>
  );
}

/** How long the meter is: the score itself where it is a share, else its part of the best. */
export function shareOf(document: CardDocument, best: number): number | null {
  if (document.score === null || document.score < 0) return null;
  return best <= 1 ? document.score : document.score / best;
}

interface CellProps {
  document: CardDocument;
  share: number | null;
  open: boolean;
  onPress: () => void;
}

function DocumentCell({ document, share, open, onPress }: CellProps) {
  return (
    <button
      type="button"
      className={classes.document}
      data-cited={document.cited || undefined}
      aria-expanded={open}
      onClick={onPress}
    >
      <span className={classes.documentHead}>
        <span className={classes.rank}>{document.rank}</span>
        <span className={`${classes.title} ellipsis`} dir="auto">
          {document.title}
        </span>
        {document.cited && <span className={classes.cited}>cited</span>}
        {document.score !== null && (
          <span className={classes.score}>{written(document.score)}</span>
        )}
      </span>
      <span className={classes.documentText} dir="auto">
        {oneLine(document.text.slice(0, 400))}
      </span>
      {share !== null && (
        <span className={classes.meter} data-cited={document.cited || undefined} aria-hidden>
          <i style={{ width: `${Math.min(1, share) * 100}%` }} />
        </span>
      )}
    </button>
  );
}
