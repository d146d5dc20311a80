import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { FilterBar, problemIn } from "../../filter/FilterBar";
import { count, plural } from "../../format";
import field from "../../parts/field.module.css";
import { facetQuery, languageQuery, totalsQuery } from "../traces/queries";
import type { Question, Scope } from "../traces/state";
import type { Unit } from "./queries";

export const SCOPES: Record<Unit, Scope> = { span: "spans", trace: "traces", session: "sessions" };
const DAYS = 7;

interface Props {
  project: string;
  unit: Unit;
  filter: string;
  onChange: (filter: string) => void;
}

/** The question "what of the last 7 days does the filter match?". */
export function useMatching(project: string, unit: Unit, filter: string) {
  // the same moment while the form stands, so that the answer is asked for once
  const [from] = useState(() => new Date(Date.now() - DAYS * 86_400_000).toISOString());
  const question: Question = {
    project,
    scope: SCOPES[unit],
    filter,
    bounds: { from },
    order: "-start_time",
  };
  return { question, totals: useQuery({ ...totalsQuery(question), retry: false }) };
}

/** A filter over the project's spans, traces or sessions, and how many of the last days it matches. */
export function ProjectFilter({ project, unit, filter, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const scope = SCOPES[unit];
  const { data: language } = useQuery(languageQuery(scope));
  const { question, totals } = useMatching(project, unit, filter);
  const { data: top } = useQuery({
    ...facetQuery({ ...question, filter: "" }, asked ?? "", 50),
    enabled:
      asked !== null && (language?.fields.find((one) => one.name === asked)?.facets ?? false),
  });
  return (
    <div className={field.field}>
      <span className={field.label}>Filter</span>
      <FilterBar
        text={filter}
        language={language}
        values={asked !== null && top?.field === asked ? top.values : []}
        onField={setAsked}
        problem={problemIn(totals.error, 0, filter.length)}
        inputRef={input}
        onChange={(text) => onChange(text.trim())}
      />
      <p className={`${field.below} num`} aria-live="polite">
        {totals.error
          ? "The filter does not match anything as it stands."
          : totals.data
            ? `${plural(totals.data.count, unit)} of the last ${DAYS} days ${
                totals.data.count === 1 ? "matches" : "match"
              }, about ${count(totals.data.count / DAYS)} a day.`
            : "Counting…"}
      </p>
    </div>
  );
}
