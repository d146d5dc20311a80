import type { Citation } from "../citations";
import { useTraceView } from "../view";
import classes from "./conversation.module.css";

/** The number of a cited document; pressing it opens the retrieval. */
export function CiteMark({ citation }: { citation: Citation }) {
  const { select } = useTraceView();
  const { card, document } = citation;
  return (
    <button
      type="button"
      className={classes.cite}
      title={document.title}
      aria-label={`Source ${document.rank}: ${document.title}`}
      onClick={(event) => {
        event.stopPropagation();
        if (card.node) select(card.node.span.span_id);
      }}
    >
      {document.rank}
    </button>
  );
}
