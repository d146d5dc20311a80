import { SlidersHorizontal } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { Search } from "../../address";
import type { FilterLanguage, Totals } from "../../api/types";
import type { Condition } from "../../filter/conditions";
import type { FilterProblem } from "../../filter/FilterBar";
import { count } from "../../format";
import { Button } from "../../parts/Button";
import { Chips } from "./Chips";
import { ColumnChooser } from "./ColumnChooser";
import { FilterField } from "./FilterField";
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
  return (
    <div className={classes.toolbar}>
      <div className={classes.toolRow}>
        <ScopeSwitch scope={state.scope} onChange={(scope) => onAddress(otherScope(scope))} />
        <FilterField
          bar={state.bar}
          question={question}
          language={language}
          problem={problem}
          inputRef={props.inputRef}
          onAddress={onAddress}
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
      <div className={classes.chipRow}>
        <Button icon={SlidersHorizontal} className={classes.facetsButton} onClick={props.onFacets}>
          Facets
        </Button>
        <Chips {...props} />
        <Outcome {...props} />
      </div>
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
