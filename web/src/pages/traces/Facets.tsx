import { useState } from "react";
import type { Condition } from "../../filter/conditions";
import { FacetGroup } from "./FacetGroup";
import classes from "./Facets.module.css";
import { facetList, foldedByHand, keepFolded } from "./facetList";
import type { Question } from "./state";

interface Props {
  question: Question;
  bar: string;
  chips: readonly Condition[];
  scores: readonly string[];
  onToggle: (field: string, value: string, not: boolean) => void;
  onRange: (field: string, range: { from: number | null; to: number | null } | null) => void;
}

/** The facets beside the table: what the rows have in common. */
export function Facets(props: Props) {
  const [folded, setFolded] = useState(foldedByHand);

  function fold(field: string, open: boolean) {
    const next = { ...folded, [field]: open };
    setFolded(next);
    keepFolded(next);
  }

  return (
    <>
      <h2 className="hidden-text">Facets</h2>
      {facetList(props.scores).map((entry) => (
        <FacetGroup
          key={entry.field}
          {...props}
          entry={entry}
          open={folded[entry.field] ?? entry.open}
          onFold={(open) => fold(entry.field, open)}
        />
      ))}
      <p className={classes.hint}>Alt-click leaves a value out.</p>
    </>
  );
}
