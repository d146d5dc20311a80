import { useQuery } from "@tanstack/react-query";
import { Check, ChevronDown, ChevronRight, Minus } from "lucide-react";
import { useState } from "react";
import type { Facet } from "../../api/types";
import { type Condition, joined, withoutField } from "../../filter/conditions";
import { compact } from "../../format";
import { Skeleton } from "../../parts/states";
import classes from "./Facets.module.css";
import type { FacetEntry } from "./facetList";
import { Histogram } from "./Histogram";
import { facetQuery } from "./queries";
import type { Question } from "./state";

interface Props {
  entry: FacetEntry;
  open: boolean;
  question: Question;
  bar: string;
  chips: readonly Condition[];
  onFold: (open: boolean) => void;
  onToggle: (field: string, value: string, not: boolean) => void;
  onRange: (field: string, range: { from: number | null; to: number | null } | null) => void;
}

/** Values shown before "show all". */
const FEW = 5;
const MANY = 200;

/** One facet: its values with counts that ignore its own choice, or a histogram of numbers. */
export function FacetGroup(props: Props) {
  const { entry, open, chips, bar } = props;
  const { field } = entry;
  const [all, setAll] = useState(false);
  const [search, setSearch] = useState("");
  const question = { ...props.question, filter: joined(bar, withoutField(chips, field)) };
  const { data, error, isPending } = useQuery(
    facetQuery(question, field, all ? MANY : FEW + 1, all ? search : ""),
  );
  const Chevron = open ? ChevronDown : ChevronRight;
  const distinct = data ? distinctOf(data) : null;
  if (
    distinct === 0 &&
    !search &&
    !chips.some((one) => one.kind !== "other" && one.field === field)
  )
    return null;

  return (
    <section className={classes.group}>
      <button
        type="button"
        className={classes.head}
        aria-expanded={open}
        onClick={() => props.onFold(!open)}
      >
        <Chevron size={13} strokeWidth={1.75} aria-hidden />
        <span className="ellipsis">{entry.label}</span>
        {!open && distinct !== null && (
          <span className={classes.distinct}>{compact(distinct)}</span>
        )}
      </button>
      {open && isPending && <Skeletons />}
      {open && error && <p className={classes.problem}>{error.message}</p>}
      {open && data && (entry.numeric || data.buckets) && (
        <Histogram
          field={field}
          buckets={data.buckets ?? []}
          range={rangeOf(chips, field)}
          onRange={(range) => props.onRange(field, range)}
        />
      )}
      {open && data && !entry.numeric && !data.buckets && (
        <>
          {all && (
            <input
              className={classes.search}
              placeholder="Find a value"
              aria-label={`Find a value of ${entry.label}`}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <Values {...props} facet={data} limit={all ? MANY : FEW} />
          {(all || (distinct ?? 0) > FEW) && (
            <button type="button" className={classes.more} onClick={() => setAll(!all)}>
              {all ? "Show fewer" : distinct ? `Show all ${compact(distinct)}` : "Show all"}
            </button>
          )}
        </>
      )}
    </section>
  );
}

function distinctOf(facet: Facet): number {
  return facet.distinct ?? facet.buckets?.length ?? facet.values.length;
}

function rangeOf(chips: readonly Condition[], field: string) {
  const found = chips.find((one) => one.kind === "range" && one.field === field);
  return found?.kind === "range" ? found : null;
}

function Skeletons() {
  return (
    <div className={classes.waiting}>
      {[80, 60, 40].map((width) => (
        <Skeleton key={width} width={`${width}%`} height={12} />
      ))}
    </div>
  );
}

interface ValuesProps extends Props {
  facet: Facet;
  limit: number;
}

function Values({ entry, facet, chips, limit, onToggle }: ValuesProps) {
  const { field } = entry;
  const chosen = new Map<string, boolean>();
  for (const one of chips)
    if (one.kind === "is" && one.field === field)
      for (const value of one.values) chosen.set(value, one.not);
  const values = facet.values.slice(0, limit);
  const missing = [...chosen.keys()].filter((value) => !values.some((one) => one.value === value));
  const shown = [...values, ...missing.map((value) => ({ value, count: 0 }))];
  const most = Math.max(1, ...values.map((one) => one.count));

  return (
    <ul className={classes.values}>
      {shown.map(({ value, count }) => {
        const not = chosen.get(value);
        return (
          <li key={value}>
            <button
              type="button"
              className={classes.value}
              data-error={(field === "status" && value === "error") || undefined}
              data-chosen={not === false || undefined}
              data-excluded={not || undefined}
              aria-pressed={not !== undefined}
              title={value}
              onClick={(event) => onToggle(field, value, event.altKey || not === true)}
            >
              <span
                className={classes.bar}
                style={{ width: not === false ? "100%" : `${(count / most) * 100}%` }}
              />
              {not === false && <Check size={13} strokeWidth={2} aria-label="chosen" />}
              {not === true && <Minus size={13} strokeWidth={2} aria-label="left out" />}
              <span className={`${classes.label} ellipsis`}>
                {value === "" ? "(empty)" : value}
              </span>
              <span className={`${classes.count} num`}>{compact(count)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
