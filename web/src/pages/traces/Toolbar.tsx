import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import type { Search } from "../../address";
import type { FilterLanguage, Totals } from "../../api/types";
import type { Condition } from "../../filter/conditions";
import { conditionText } from "../../filter/conditions";
import { FilterBar, type FilterProblem } from "../../filter/FilterBar";
import { count } from "../../format";
import { Button } from "../../parts/Button";
import { Chip } from "../../parts/Chip";
import { brushLabel } from "./ChartStrip";
import { ColumnChooser } from "./ColumnChooser";
import { fieldLabel } from "./facetList";
import { facetQuery } from "./queries";
import { otherScope, type Question, type Scope, type TableState } from "./state";
import classes from "./traces.module.css";
import type { Columns } from "./useColumns";
import { ViewsMenu } from "./ViewsMenu";

interface Props {
  state: TableState;
  question: Question;
  language: FilterLanguage | undefined;
  problem: FilterProblem | null;
  totals: Totals | undefined;
  /** How many there are without a filter. */
  all: number | null;
  tookMs: number | null;
  columns: Columns;
  possible: readonly string[];
  inputRef: React.RefObject<HTMLInputElement | null>;
  onAddress: (patch: Search, how?: "choosing" | "typing") => void;
  onChips: (chips: readonly Condition[]) => void;
  onWiden: () => void;
  onFacets: () => void;
}

const SCOPE_NAMES: Record<Scope, string> = {
  sessions: "Sessions",
  traces: "Traces",
  spans: "Spans",
};

/** What is asked: the scope, the filter bar, the chips beneath it. */
export function Toolbar(props: Props) {
  const { state, question, language, problem, onAddress } = props;
  const [asked, setAsked] = useState<string | null>(null);
  const { data: top } = useQuery({
    ...facetQuery({ ...question, filter: "" }, asked ?? "", 50),
    enabled:
      asked !== null && (language?.fields.find((one) => one.name === asked)?.facets ?? false),
  });

  return (
    <div className={classes.toolbar}>
      <div className={classes.toolRow}>
        <ScopeSwitch scope={state.scope} onChange={(scope) => onAddress(otherScope(scope))} />
        <FilterBar
          text={state.bar}
          language={language}
          values={asked !== null && top?.field === asked ? top.values : []}
          onField={setAsked}
          problem={problem}
          inputRef={props.inputRef}
          onChange={(text, how) => onAddress({ filter: text.trim() ? text : undefined }, how)}
        />
        <span className={classes.wideOnly}>
          <ViewsMenu
            project={question.project}
            search={props.columns.search}
            scope={state.scope}
            filter={question.filter}
            onChange={onAddress}
          />
          <ColumnChooser
            scope={state.scope}
            shown={props.columns.shown}
            pinned={props.columns.pinned}
            possible={props.possible}
            onChange={props.columns.choose}
          />
        </span>
      </div>
      <Chips {...props} />
    </div>
  );
}

const SCOPE_ORDER = ["sessions", "traces", "spans"] as const;

/** One tab stop; the arrows choose, as in any group of radio buttons. */
function ScopeSwitch({ scope, onChange }: { scope: Scope; onChange: (scope: Scope) => void }) {
  function onKeyDown(event: KeyboardEvent<HTMLButtonElement>) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const { length } = SCOPE_ORDER;
    const at = (SCOPE_ORDER.indexOf(scope) + step + length) % length;
    onChange(SCOPE_ORDER[at] ?? scope);
    const buttons = event.currentTarget.parentElement?.querySelectorAll("button");
    buttons?.[at]?.focus();
  }

  return (
    <div className={classes.scopes} role="radiogroup" aria-label="Rows">
      {SCOPE_ORDER.map((one) => (
        <button
          key={one}
          type="button"
          role="radio"
          aria-checked={one === scope}
          tabIndex={one === scope ? 0 : -1}
          className={classes.scope}
          onKeyDown={onKeyDown}
          onClick={() => one !== scope && onChange(one)}
        >
          {SCOPE_NAMES[one]}
        </button>
      ))}
    </div>
  );
}

function Chips(props: Props) {
  const { state, onChips, onAddress } = props;
  const { chips, around, range } = state;
  const brush = around && range.kind === "absolute" ? range : null;
  const some = chips.length > 0 || brush !== null;

  /** Takes a chip into the bar, where it can be edited as text. */
  function edit(chip: Condition) {
    const rest = chips.filter((one) => one !== chip);
    const text = conditionText(chip);
    onChips(rest);
    onAddress({ filter: state.bar.trim() ? `${state.bar.trim()} and ${text}` : text });
    requestAnimationFrame(() => props.inputRef.current?.focus());
  }

  return (
    <div className={classes.chipRow}>
      <Button icon={SlidersHorizontal} className={classes.facetsButton} onClick={props.onFacets}>
        Facets
      </Button>
      {chips.map((chip) => (
        <Chip
          key={conditionText(chip)}
          {...chipFace(chip)}
          onEdit={() => edit(chip)}
          onRemove={() => onChips(chips.filter((one) => one !== chip))}
        />
      ))}
      {brush && (
        <Chip
          field="start"
          value={brushLabel({ from: Date.parse(brush.from), to: Date.parse(brush.to) })}
          brush
          onRemove={props.onWiden}
        />
      )}
      {some && (
        <Button
          look="quiet"
          small
          className={classes.clearAll}
          onClick={() => {
            onChips([]);
            if (brush) props.onWiden();
          }}
        >
          Clear
        </Button>
      )}
      <Outcome {...props} />
    </div>
  );
}

function chipFace(chip: Condition): {
  field: string;
  operator?: string;
  value: string;
  excluded?: boolean;
  brush?: boolean;
} {
  switch (chip.kind) {
    case "is":
      return { field: fieldLabel(chip.field), value: chip.values.join(", "), excluded: chip.not };
    case "known":
      return { field: fieldLabel(chip.field), value: "known", excluded: chip.not };
    case "range": {
      const { from, to } = chip;
      const field = fieldLabel(chip.field);
      if (from !== null && to !== null) return { field, value: `${from} – ${to}`, brush: true };
      return from !== null
        ? { field, operator: "≥", value: String(from), brush: true }
        : { field, operator: "≤", value: String(to), brush: true };
    }
    case "other":
      return { field: "", value: chip.text };
  }
}

/** `291 traces of 2,096 · 0.18 s` */
function Outcome({ state, totals, all, tookMs }: Props) {
  if (!totals) return null;
  const { scope } = state;
  const filtered = all !== null && all !== totals.count;
  const noun = totals.count === 1 ? scope.slice(0, -1) : scope;
  return (
    <p className={`${classes.outcome} num`} aria-live="polite">
      <b>
        {count(totals.count)} {noun}
      </b>
      {filtered && ` of ${count(all)}`}
      {tookMs !== null && ` · ${(tookMs / 1000).toFixed(2)} s`}
    </p>
  );
}
