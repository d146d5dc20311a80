import { useState } from "react";
import type { Card } from "../cards";
import { oneLine } from "../model";
import { DocumentBrief } from "../parts/DocumentBrief";
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
          <button
            type="button"
            key={document.rank}
            className={classes.document}
            aria-expanded={open === document.rank}
            onClick={() => {
              setOpen(open === document.rank ? null : document.rank);
              onPress();
            }}
          >
            <DocumentBrief
              rank={document.rank}
              title={document.title}
              note={document.cited && "cited"}
              score={document.score}
              best={best}
              text={oneLine(document.text.slice(0, 400))}
              unused={!document.cited}
              short
            />
          </button>
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
