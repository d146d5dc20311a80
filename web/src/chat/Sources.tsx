import { ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./sources.module.css";
import type { Source } from "./types";

/** What an answer rests on, as cards with the numbers that it cites them by. */
export function Sources({ sources, id }: { sources: Source[]; id: string }) {
  if (sources.length === 0) return null;
  return (
    <ol className={classes.sources} aria-label="Sources">
      {sources.map((source, at) => (
        <li key={`${source.title}${source.url}${source.text}`} id={`${id}-${at + 1}`} tabIndex={-1}>
          <Card source={source} number={at + 1} />
        </li>
      ))}
    </ol>
  );
}

function Card({ source, number }: { source: Source; number: number }) {
  const inside = (
    <>
      <span className={classes.head}>
        <span className={classes.number}>{number}</span>
        <span className={classes.title}>{source.title}</span>
        {source.url && <ArrowUpRight size={14} strokeWidth={1.75} aria-hidden />}
      </span>
      {source.text && <span className={classes.text}>{source.text}</span>}
    </>
  );
  if (!source.url) return <div className={classes.card}>{inside}</div>;
  return (
    <a className={classes.card} href={source.url} target="_blank" rel="noreferrer noopener">
      {inside}
    </a>
  );
}

/** A mark such as [1] in an answer, which leads to its source; null where there is none. */
export function citation(label: string, sources: Source[], id: string): ReactNode | null {
  const number = /^\d{1,3}$/.test(label) ? Number(label) : 0;
  const at = number ? number - 1 : sources.findIndex((source) => source.title === label);
  const source = sources[at];
  if (!source) return null;
  return (
    <button
      type="button"
      className={classes.cite}
      title={source.title}
      aria-label={`Source ${at + 1}: ${source.title}`}
      onClick={() => {
        const card = document.getElementById(`${id}-${at + 1}`);
        card?.scrollIntoView({ block: "nearest" });
        card?.focus();
      }}
    >
      {at + 1}
    </button>
  );
}
