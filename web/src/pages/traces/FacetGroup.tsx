import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { Facet } from "../../api/types";
import { type Condition, joined, withoutField } from "../../filter/conditions";
import { compact } from "../../format";
import { Skeleton } from "../../parts/states";
import classes from "./Facets.module.css";
import { FacetValues, FEW } from "./FacetValues";
import type { FacetEntry } from "./facetList";
import { Histogram } from "./Histogram";
import { facetQuery } from "./queries";
import type { Question } from "./state";

interface Props {
  entry: FacetEntry;
  facet: Facet | undefined;
  /** The facets cannot be had, which is told above them. */
  failed: boolean;
  open: boolean;
  question: Question;
  bar: string;
  chips: readonly Condition[];
  onFold: (open: boolean) => void;
  onToggle: (field: string, value: string, not: boolean) => void;
  onRange: (field: string, range: { from: number | null; to: number | null } | null) => void;
}

/** Values shown by "show all". */
const MANY = 200;

/** One facet: its values with counts that ignore its own choice, or a histogram of numbers. */
export function FacetGroup(props: Props) {
  const { entry, facet, open, chips, failed } = props;
  const { field } = entry;
  const Chevron = open ? ChevronDown : ChevronRight;
  const distinct = facet ? distinctOf(facet) : null;
  const chosen = chips.some((chip) => chip.kind !== "other" && chip.field === field);
  if (distinct === 0 && !chosen) return null;

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
      {open && !facet && !failed && <Skeletons />}
      {open && facet && <Opened {...props} facet={facet} distinct={distinct ?? 0} />}
    </section>
  );
}

function Opened({ facet, distinct, ...props }: Props & { facet: Facet; distinct: number }) {
  const { entry, chips, bar, question } = props;
  const { field } = entry;
  const [all, setAll] = useState(false);
  const [search, setSearch] = useState("");
  const whole = { ...question, filter: joined(bar, withoutField(chips, field)) };
  const { data } = useQuery({ ...facetQuery(whole, field, MANY, search), enabled: all });

  if (facet.buckets && (entry.numeric || facet.values.length === 0))
    return (
      <Histogram
        field={field}
        buckets={facet.buckets}
        range={rangeOf(chips, field)}
        onRange={(range) => props.onRange(field, range)}
      />
    );
  return (
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
      <FacetValues
        field={field}
        facet={all && data ? data : facet}
        limit={all ? MANY : FEW}
        chips={chips}
        onToggle={props.onToggle}
      />
      {(all || distinct > FEW) && (
        <button type="button" className={classes.more} onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${compact(distinct)}`}
        </button>
      )}
    </>
  );
}

function distinctOf(facet: Facet): number {
  const values = facet.distinct ?? facet.values.length;
  return values > 0 ? values : (facet.buckets?.filter((bucket) => bucket.count > 0).length ?? 0);
}

function rangeOf(chips: readonly Condition[], field: string) {
  const found = chips.find((chip) => chip.kind === "range" && chip.field === field);
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
