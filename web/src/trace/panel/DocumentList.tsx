import { useState } from "react";
import { keyOf } from "../../keyOf";
import { type Document, oneLine, textOf } from "../model";
import { DocumentBrief } from "../parts/DocumentBrief";
import { JsonView } from "../parts/JsonView";
import { LongText } from "../parts/LongText";
import own from "./documents.module.css";
import classes from "./panel.module.css";
import { rankBefore } from "./reranked";

const TITLES = ["title", "name", "file_name", "filename", "source", "path", "url"];

function titleOf(document: Document): string {
  const metadata = document.metadata ?? {};
  const named = TITLES.map((key) => metadata[key]).find((one) => typeof one === "string" && one);
  return (named as string | undefined) ?? document.id ?? "";
}

/** Documents with rank, score and meter; of a reranker also where each stood before. */
export function DocumentList({ documents, before }: { documents: Document[]; before: Document[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const [most, setMost] = useState(20);
  const best = Math.max(...documents.map((one) => one.score ?? 0), 0);
  const left = before.filter((one) => !documents.some((kept) => rankBefore(kept, [one]) !== null));
  return (
    <div className={classes.list}>
      {documents.slice(0, most).map((document, at) => (
        <div key={keyOf(document)}>
          <button
            type="button"
            className={own.documentRow}
            aria-expanded={open === at}
            onClick={() => setOpen(open === at ? null : at)}
          >
            <DocumentBrief
              rank={at + 1}
              title={titleOf(document) || oneLine(document.content).slice(0, 120)}
              note={moved(rankBefore(document, before), at + 1)}
              score={document.score ?? null}
              best={best}
              text={titleOf(document) && oneLine(document.content).slice(0, 300)}
            />
          </button>
          {open === at && (
            <div className={classes.listOpen}>
              <LongText text={textOf(document.content) ?? oneLine(document.content)} markdown />
              {document.metadata && Object.keys(document.metadata).length > 0 && (
                <JsonView value={document.metadata} />
              )}
            </div>
          )}
        </div>
      ))}
      {documents.length > most && (
        <button type="button" className={classes.moreRows} onClick={() => setMost(most + 200)}>
          show more of {documents.length}
        </button>
      )}
      {left.length > 0 && (
        <p className={own.leftOut}>
          {left.length} left out of {before.length}
        </p>
      )}
    </div>
  );
}

function moved(from: number | null, to: number): string | null {
  if (from === null) return null;
  return from === to ? "same place" : `was ${from}`;
}
