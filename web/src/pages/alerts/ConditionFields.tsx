import { inWords } from "../../charts/values";
import { Choice, Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import type { Wrong } from "./AlertForm";
import { type AlertDraft, scaleOf } from "./draft";
import { unitOf } from "./measures";

const KINDS: { value: AlertDraft["kind"]; label: string }[] = [
  { value: "threshold", label: "Beyond a number" },
  { value: "change", label: "Changed against what is usual" },
  { value: "anomaly", label: "Far off what is usual" },
  { value: "absence", label: "No data at all" },
];

interface Props {
  draft: AlertDraft;
  wrong: Wrong;
  onChange: (patch: Partial<AlertDraft>) => void;
}

/** When the measure is wrong, in two levels of which one may be missing. */
export function ConditionFields({ draft, wrong, onChange }: Props) {
  const compares = draft.kind === "change" || draft.kind === "anomaly";
  return (
    <>
      <div className={form.pair}>
        <Choice
          label="It is wrong when it is"
          value={draft.kind}
          options={KINDS}
          onChange={(kind) => onChange({ kind: kind as AlertDraft["kind"], direction: "above" })}
        />
        {draft.kind !== "absence" && (
          <Choice
            label="Side"
            value={draft.direction}
            options={sidesOf(draft)}
            onChange={(side) => onChange({ direction: side as AlertDraft["direction"] })}
            error={wrong("direction")}
          />
        )}
      </div>
      {compares && (
        <div className={form.triple}>
          <Choice
            label="Usual is the same hour of the last"
            value={draft.season}
            options={[
              { value: "week", label: "weeks" },
              { value: "day", label: "days" },
            ]}
            onChange={(season) => onChange({ season: season as AlertDraft["season"] })}
          />
          <Field
            label="How many of them"
            value={draft.periods}
            onChange={(periods) => onChange({ periods })}
            inputMode="numeric"
            error={wrong("periods")}
          />
          {draft.kind === "change" && (
            <Choice
              label="Bounds are"
              value={draft.unit}
              options={[
                { value: "percent", label: "per cent beyond it" },
                { value: "ratio", label: "times as much" },
              ]}
              onChange={(unit) =>
                onChange({
                  unit: unit as AlertDraft["unit"],
                  direction:
                    unit === "ratio" && draft.direction === "either" ? "above" : draft.direction,
                })
              }
            />
          )}
        </div>
      )}
      <Level level="alert" title="Alert" {...{ draft, wrong, onChange }} />
      <Level level="warn" title="Warning" {...{ draft, wrong, onChange }} />
    </>
  );
}

function sidesOf({ kind, unit }: AlertDraft) {
  const two = [
    { value: "above", label: "above" },
    { value: "below", label: "below" },
  ];
  const either = kind === "anomaly" || (kind === "change" && unit === "percent");
  return either ? [...two, { value: "either", label: "above or below" }] : two;
}

function Level({
  level,
  title,
  draft,
  wrong,
  onChange,
}: Props & { level: "warn" | "alert"; title: string }) {
  const recover = level === "warn" ? "warnRecover" : "alertRecover";
  return (
    <div className={form.pair}>
      <Field
        label={`${title} at, in ${unitWord(draft)}`}
        value={draft[level]}
        onChange={(typed) => onChange({ [level]: typed })}
        inputMode="decimal"
        className="num"
        placeholder="none"
        help={inOtherWords(draft, draft[level])}
        error={wrong(level)}
      />
      <Field
        label={`${title} is over beyond`}
        value={draft[recover]}
        onChange={(typed) => onChange({ [recover]: typed })}
        inputMode="decimal"
        className="num"
        placeholder="the same"
        help={inOtherWords(draft, draft[recover])}
      />
    </div>
  );
}

/** What bounds are typed in. */
function unitWord({ kind, unit, measure }: AlertDraft): string {
  if (kind === "absence") return "minutes";
  if (kind === "anomaly") return "usual spreads";
  if (kind === "change") return unit === "percent" ? "per cent" : "times";
  return WORDS[unitOf(measure)];
}

const WORDS: Record<ReturnType<typeof unitOf>, string> = {
  count: "numbers",
  mean: "numbers",
  score: "numbers",
  ms: "milliseconds",
  share: "per cent",
  usd: "dollars",
  tokens: "tokens",
  speed: "tokens a second",
};

/** A bound as the chart writes it, where that says more than what was typed. */
function inOtherWords(draft: AlertDraft, typed: string): string | undefined {
  const unit = unitOf(draft.measure);
  const value = Number(typed);
  if (draft.kind !== "threshold" || unit !== "ms" || !typed.trim() || !Number.isFinite(value))
    return undefined;
  return inWords(value / scaleOf(draft), unit);
}
