import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { Measured } from "../../../api/types";
import { problemIn } from "../../../filter/FilterBar";
import { Choice } from "../../../parts/Field";
import { INTERVALS } from "../../../timeRange";
import { FilterField } from "../../traces/FilterField";
import { languageQuery } from "../../traces/queries";
import type { Question } from "../../traces/state";
import { intervalName } from "../intervals";
import classes from "./dashboards.module.css";
import { MeasureFields } from "./MeasureFields";
import { asKind, isBucketed, isChart, isOverTime, type Panel, UNITS } from "./model";
import { SplitField } from "./SplitField";

const SCOPES = [
  { value: "traces", label: "Traces" },
  { value: "spans", label: "Spans: calls, tools, steps" },
  { value: "sessions", label: "Sessions" },
];
const COMPARED = [
  { value: "", label: "The period before" },
  { value: "1d", label: "A day earlier" },
  { value: "1w", label: "A week earlier" },
  { value: "off", label: "Nothing" },
];
const WORSE = [
  { value: "", label: "Neither" },
  { value: "up", label: "Up" },
  { value: "down", label: "Down" },
];

interface Props {
  panel: Panel;
  question: Measured;
  page: Question;
  error: unknown;
  onChange: (panel: Panel) => void;
}

/** What a panel asks: of which rows, which measures, by what, compared with what. */
export function QuestionFields({ panel, question, page, error, onChange }: Props) {
  const { kind, options } = panel;
  const filterInput = useRef<HTMLInputElement>(null);
  const { data: language } = useQuery(languageQuery(question.scope));
  const set = (changes: Partial<Measured>) =>
    onChange({ ...panel, question: { ...question, ...changes } });
  const several = kind === "table" || (isChart(kind) && !question.group_by?.length);
  const compared = kind === "figure" || (isChart(kind) && !question.group_by?.length);
  return (
    <>
      <Choice
        label="Of"
        value={question.scope}
        options={SCOPES}
        onChange={(scope) => set({ scope: scope as Measured["scope"] })}
      />
      <MeasureFields
        scope={question.scope}
        measures={question.measures}
        bucketed={isBucketed(kind)}
        several={several}
        onChange={(measures) => set({ measures })}
      />
      <div className={classes.filterField}>
        <span className={classes.label}>Only where</span>
        <FilterField
          bar={question.filter ?? ""}
          question={{ ...page, scope: question.scope }}
          language={language}
          problem={problemIn(error, 0, question.filter?.length ?? 0)}
          inputRef={filterInput}
          onAddress={({ filter }) => set({ filter })}
        />
      </div>
      {(isChart(kind) || kind === "table") && (
        <SplitField
          fields={question.group_by ?? []}
          several={kind === "table"}
          onChange={(fields) =>
            onChange(asKind({ ...panel, question: { ...question, group_by: fields } }, kind))
          }
        />
      )}
      <div className={classes.pair}>
        {isOverTime(kind) && (
          <Choice
            label="Interval"
            value={question.interval ?? ""}
            options={[
              { value: "", label: "That of the page" },
              ...INTERVALS.slice(4).map((one) => ({ value: one.name, label: intervalName(one) })),
            ]}
            onChange={(interval) => set({ interval: interval || undefined })}
          />
        )}
        {compared && (
          <Choice
            label="Compared with"
            value={question.compare === null ? "off" : (question.compare ?? "")}
            options={COMPARED}
            onChange={(value) => set({ compare: value === "off" ? null : value || undefined })}
          />
        )}
        <Choice
          label="Unit"
          value={options.unit ?? ""}
          options={[{ value: "", label: "Automatic" }, ...UNITS]}
          onChange={(value) =>
            onChange({
              ...panel,
              options: {
                ...options,
                unit: UNITS.find((one) => one.value === value)?.value ?? null,
              },
            })
          }
        />
        {kind === "figure" && (
          <Choice
            label="Worse is"
            value={options.worse ?? ""}
            options={WORSE}
            onChange={(worse) =>
              onChange({
                ...panel,
                options: { ...options, worse: worse === "up" || worse === "down" ? worse : null },
              })
            }
          />
        )}
      </div>
    </>
  );
}
