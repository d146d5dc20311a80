import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Condition, joined, withoutField } from "../../filter/conditions";
import { ErrorLine } from "../../parts/states";
import { FacetGroup } from "./FacetGroup";
import classes from "./Facets.module.css";
import { FEW } from "./FacetValues";
import { type FacetEntry, facetList, foldedByHand, keepFolded } from "./facetList";
import { facetQuery, facetsQuery } from "./queries";
import type { Question } from "./state";
import { useLastGood } from "./useLastGood";

interface Props {
  /** Null until the filter is known to be right. */
  question: Question | null;
  bar: string;
  chips: readonly Condition[];
  scores: readonly string[];
  onToggle: (field: string, value: string, not: boolean) => void;
  onRange: (field: string, range: { from: number | null; to: number | null } | null) => void;
}

/** The facets beside the table: what the rows have in common. */
export function Facets({ question, ...props }: Props) {
  return question && <Asked {...props} question={question} />;
}

type AskedProps = Props & { question: Question };

function Asked(props: AskedProps) {
  const [folded, setFolded] = useState(foldedByHand);
  const entries = facetList(props.scores);
  const facets = useFacets(props, entries);

  function fold(field: string, open: boolean) {
    const next = { ...folded, [field]: open };
    setFolded(next);
    keepFolded(next);
  }

  return (
    <>
      <h2 className="hidden-text">Facets</h2>
      {facets.error && (
        <div className={classes.problem}>
          <ErrorLine error={facets.error} onRetry={facets.retry} />
        </div>
      )}
      {entries.map((entry) => (
        <FacetGroup
          key={entry.field}
          {...props}
          entry={entry}
          facet={facets.of(entry.field)}
          failed={facets.error !== null}
          open={folded[entry.field] ?? entry.open}
          onFold={(open) => fold(entry.field, open)}
        />
      ))}
      {entries.some((entry) => facets.of(entry.field)?.values.length) && (
        <p className={classes.hint}>Alt-click leaves a value out.</p>
      )}
    </>
  );
}

/**
 * All facets in one question, those of scores, whose names are learnt meanwhile, in a second one,
 * and one more for each that ignores a choice of its own.
 */
function useFacets({ question, bar, chips }: AskedProps, entries: readonly FacetEntry[]) {
  const fields = entries.map((entry) => entry.field);
  const chosen = fields.filter((field) =>
    chips.some((chip) => chip.kind !== "other" && chip.field === field),
  );
  const free = fields.filter((field) => !chosen.includes(field));
  const ofScores = free.filter((field) => field.startsWith("scores."));
  const others = free.filter((field) => !field.startsWith("scores."));
  const shared = useQuery(facetsQuery(question, others, FEW + 1));
  const scores = useQuery(facetsQuery(question, ofScores, FEW + 1));
  const own = useQueries({
    queries: chosen.map((field) =>
      facetQuery({ ...question, filter: joined(bar, withoutField(chips, field)) }, field, FEW + 1),
    ),
  });
  const place = `${question.project} ${question.scope}`;
  const known = useLastGood(shared.data, place);
  const knownScores = useLastGood(scores.data, place);
  return {
    error: shared.error,
    retry: shared.refetch,
    of: (field: string) => {
      const at = chosen.indexOf(field);
      return (at >= 0 ? own[at]?.data : undefined) ?? known?.get(field) ?? knownScores?.get(field);
    },
  };
}
