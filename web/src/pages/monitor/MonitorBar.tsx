import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import type { Search } from "../../address";
import type { Interval } from "../../charts/period";
import type { Condition } from "../../filter/conditions";
import type { FilterProblem } from "../../filter/FilterBar";
import { Chips } from "../traces/Chips";
import { FilterField } from "../traces/FilterField";
import { languageQuery } from "../traces/queries";
import { type Question, type TableState, widened, writeChips } from "../traces/state";
import { intervalName, intervalsFor } from "./intervals";
import { MarksMenu } from "./MarksMenu";
import type { PageMarks } from "./marks";
import classes from "./monitor.module.css";
import { SplitMenu } from "./SplitMenu";
import type { Split } from "./splits";

interface Props {
  state: TableState;
  question: Question;
  problem: FilterProblem | null;
  inputRef: RefObject<HTMLInputElement | null>;
  split: Split | null;
  /** What the address asks for: empty lets the page choose. */
  chosenInterval: string;
  interval: Interval;
  period: { from: number; to: number };
  /** "the 7 days before"; empty where nothing precedes the range. */
  against: string;
  compare: boolean;
  marks: PageMarks;
  onAddress: (patch: Search, how?: "choosing" | "typing") => void;
}

/** What all charts have in common: the filter, the split, the interval, the period before. */
export function MonitorBar(props: Props) {
  const { state, question, interval, period, against, compare, onAddress } = props;
  const { data: language } = useQuery(languageQuery("traces"));
  const onChips = (chips: readonly Condition[]) => onAddress({ chips: writeChips(chips) });
  return (
    <div className={classes.bar}>
      <div className={classes.row}>
        <FilterField
          bar={state.bar}
          question={question}
          language={language}
          problem={props.problem}
          inputRef={props.inputRef}
          onAddress={onAddress}
        />
        <span className={classes.choices}>
          <SplitMenu
            question={question}
            split={props.split}
            onChoose={(field) => onAddress({ split: field })}
          />
          <label className={classes.choice}>
            <span className={classes.choiceLabel}>Interval</span>
            <select
              value={props.chosenInterval}
              onChange={(event) => onAddress({ interval: event.currentTarget.value || undefined })}
            >
              <option value="">{props.chosenInterval ? "auto" : intervalName(interval)}</option>
              {intervalsFor(period.from, period.to).map((one) => (
                <option key={one.name} value={one.name}>
                  {intervalName(one)}
                </option>
              ))}
            </select>
          </label>
          {against && (
            <label className={classes.compare}>
              <input
                type="checkbox"
                checked={compare}
                onChange={() => onAddress({ compare: compare ? "off" : undefined })}
              />
              <span>
                Compare with <span className={classes.against}>{against}</span>
                <span className={classes.before} aria-hidden>
                  before
                </span>
              </span>
            </label>
          )}
          <MarksMenu marks={props.marks} onAddress={onAddress} />
        </span>
      </div>
      <div className={classes.chips}>
        <Chips
          state={state}
          inputRef={props.inputRef}
          onAddress={onAddress}
          onChips={onChips}
          onWiden={() => onAddress(widened(state))}
        />
      </div>
    </div>
  );
}
