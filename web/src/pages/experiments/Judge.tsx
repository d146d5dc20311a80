import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Scale, TriangleAlert } from "lucide-react";
import { useAddress } from "../../address";
import { type Experiment, type ExperimentRow, experimentsQuery } from "../../api/evaluation";
import type { Axis } from "../../charts/axis";
import { Whisker, WhiskerHead } from "../../charts/Whisker";
import { count, percent, plural, score } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import {
  type Calibration,
  cellOf,
  type Estimate,
  earlierOf,
  giversIn,
  inCell,
  thresholdOf,
} from "./agreement";
import shared from "./experiments.module.css";
import table from "./figures.module.css";
import classes from "./judge.module.css";
import { calibrationQuery } from "./queries";
import { Reader } from "./Reader";

interface Props {
  experiment: Experiment;
  rows: readonly ExperimentRow[];
}

/** Whether a judge can be trusted: how far it agrees with people, and where it does not. */
export function Judge({ experiment, rows }: Props) {
  const [search, change] = useAddress();
  const givers = giversIn(rows);
  const all = experiment.stats?.scores.map((one) => one.name) ?? [];
  const judge = all.find((name) => name === search.judge) ?? givers.judges[0] ?? all[0];
  const human =
    all.find((name) => name === search.human) ??
    givers.people.find((name) => name === judge) ??
    givers.people[0];
  const threshold = thresholdOf(search.threshold, givers, [judge ?? "", human ?? ""]);
  const others = useInfiniteQuery(experimentsQuery({ dataset: experiment.dataset_id }));
  const earlier = earlierOf(experiment, others.data?.pages.flatMap((page) => page.items) ?? [], [
    judge ?? "",
    human ?? "",
  ]);
  const before = earlier.find((one) => one.id === search.since) ?? earlier[0];
  const asked = useQuery({
    ...calibrationQuery(experiment.id, judge ?? "", human ?? "", threshold, before?.id),
    enabled: !!judge && !!human,
    placeholderData: keepPreviousData,
  });
  if (all.length === 0 || (givers.people.length === 0 && !search.human))
    return (
      <EmptyState icon={Scale} title="Nobody scored these runs yet">
        A judge is compared with people on the runs that both have scored. Put the traces of this
        experiment into an <Link to="/annotation">annotation queue</Link>, or score them on their
        pages.
      </EmptyState>
    );
  return (
    <>
      <div className={shared.bar}>
        <Picked
          label="Judge"
          value={judge}
          names={all}
          onChange={(name) => change({ judge: name, cell: undefined, at: undefined })}
        />
        <span className={shared.quiet}>against people's</span>
        <Picked
          label="People's score"
          value={human}
          names={all}
          onChange={(name) => change({ human: name, cell: undefined, at: undefined })}
        />
        <label className={classes.threshold}>
          both pass from
          <input
            type="number"
            step="any"
            placeholder="as they are"
            value={threshold ?? ""}
            onChange={(event) =>
              change({ threshold: event.currentTarget.value || "none", cell: undefined }, "typing")
            }
          />
        </label>
        {before && (
          <Picked
            label="Earlier experiment"
            value={before.id}
            names={earlier.map((one) => one.id)}
            written={(id) => `since ${earlier.find((one) => one.id === id)?.name}`}
            onChange={(id) => change({ since: id })}
          />
        )}
      </div>
      {asked.error ? (
        <ErrorState error={asked.error} onRetry={asked.refetch} />
      ) : !asked.data ? (
        <div className={classes.waiting} aria-busy>
          <Skeleton height={160} />
        </div>
      ) : asked.data.n === 0 ? (
        <EmptyState icon={Scale} title="No run has both scores">
          {judge} and {human} were not given to the same runs.
        </EmptyState>
      ) : (
        <Report
          key={`${judge} ${human}`}
          calibration={asked.data}
          experiment={experiment}
          judge={judge ?? ""}
          cell={search.cell}
          at={Number(search.at ?? 0)}
          onCell={(cell) => change({ cell, at: undefined })}
          onAt={(at) => change({ at: at ? String(at) : undefined }, "typing")}
        />
      )}
    </>
  );
}

interface PickedProps {
  label: string;
  value: string | undefined;
  names: readonly string[];
  /** How a name is written, where not as it is. */
  written?: (name: string) => string;
  onChange: (name: string) => void;
}

function Picked({ label, value, names, written = String, onChange }: PickedProps) {
  return (
    <select
      className={shared.select}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {written(name)}
        </option>
      ))}
    </select>
  );
}

interface ReportProps {
  calibration: Calibration;
  experiment: Experiment;
  judge: string;
  cell: string | undefined;
  at: number;
  onCell: (cell: string | undefined) => void;
  onAt: (at: number) => void;
}

const SHARES: Axis = { from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
/** A kappa is negative where judge and people agree less often than chance would have it. */
const BOTH_SIGNS: Axis = { from: -1, to: 1, ticks: [-1, -0.5, 0, 0.5, 1] };

const FIGURES = [
  ["kappa", "Kappa", "Agreement beyond chance: from 0.6 it may hold a gate, below 0.4 nothing"],
  ["accuracy", "Accuracy", "How often both say the same"],
  ["precision", "Precision", "Of what the judge passes, the share that people pass"],
  ["recall", "Recall", "Of what people pass, the share that the judge passes"],
] as const;

function axisOf(calibration: Calibration): Axis {
  const negative = FIGURES.some(([key]) => {
    const { value = 0, low } = calibration[key] ?? {};
    return Math.min(value, low ?? value) < 0;
  });
  return negative ? BOTH_SIGNS : SHARES;
}

function Report({ calibration, experiment, judge, ...reading }: ReportProps) {
  const { warning, drift, matrix, disagreements } = calibration;
  const shown = inCell(disagreements, reading.cell);
  const axis = axisOf(calibration);
  return (
    <>
      {[drift?.fell && drift.sentence, warning].map(
        (sentence) =>
          sentence && (
            <p key={sentence} className={classes.warning} role="status">
              <TriangleAlert size={14} strokeWidth={1.75} aria-hidden />
              {sentence}
            </p>
          ),
      )}
      <div className={classes.report}>
        <section aria-label="Agreement">
          <h2>
            {judge} and people agree on {percent(calibration.accuracy?.value, 0)} of{" "}
            {plural(calibration.n, "run")}
          </h2>
          <p className={classes.use}>
            {useOf(calibration)} {drift && !drift.fell && drift.sentence}
          </p>
          <table className={`${table.table} ${classes.figures}`}>
            <thead>
              <tr>
                <th scope="col">Agreement</th>
                <th scope="col">Value</th>
                <th scope="col">
                  <span className="hidden-text">Interval, drawn</span>
                  <WhiskerHead axis={axis} label={String} />
                </th>
                <th scope="col">95 % interval</th>
              </tr>
            </thead>
            <tbody>
              {FIGURES.map(([key, label, what]) => (
                <Figure
                  key={key}
                  label={label}
                  what={what}
                  estimate={calibration[key]}
                  axis={axis}
                />
              ))}
            </tbody>
          </table>
        </section>
        <Confusion
          matrix={matrix}
          chosen={reading.cell}
          onChoose={(cell) => reading.onCell(cell === reading.cell ? undefined : cell)}
        />
      </div>
      <Reader
        experiment={experiment}
        disagreements={shown}
        of={calibration.disagreement_count}
        judge={judge}
        at={Math.min(Math.max(0, reading.at || 0), Math.max(0, shown.length - 1))}
        onAt={reading.onAt}
        onAll={reading.cell ? () => reading.onCell(undefined) : undefined}
      />
    </>
  );
}

const USES: Record<Calibration["use"], string> = {
  "do not gate": "Hold no gate with it, and read no trend into it.",
  "trends only": "It shows trends; it is not good enough to hold a gate.",
  "gate with correction": "It may hold a gate, its rates corrected for its errors.",
};

/** What the judge is good for, and which runs are not counted. */
function useOf({ use, failed, unjudged }: Calibration): string {
  return [
    USES[use],
    failed > 0 && `On ${plural(failed, "run")} it came to no verdict.`,
    unjudged > 0 && `${plural(unjudged, "run")} that people scored it did not judge.`,
  ]
    .filter(Boolean)
    .join(" ");
}

interface FigureProps {
  label: string;
  what: string;
  estimate: Estimate | null;
  axis: Axis;
}

function Figure({ label, what, estimate, axis }: FigureProps) {
  if (!estimate)
    return (
      <tr>
        <th scope="row" title={what}>
          {label}
        </th>
        <td>–</td>
        <td />
        <td>not defined here</td>
      </tr>
    );
  const { value, low, high } = estimate;
  const interval = low === null || high === null ? "–" : `${score(low)} to ${score(high)}`;
  return (
    <tr>
      <th scope="row" title={what}>
        {label}
      </th>
      <td>
        <b>{score(value)}</b>
      </td>
      <td className={classes.plot}>
        <Whisker
          axis={axis}
          value={value}
          low={low}
          high={high}
          tone="decided"
          said={`${label} ${score(value)}, interval ${interval}`}
        />
      </td>
      <td>{interval}</td>
    </tr>
  );
}

interface ConfusionProps {
  matrix: Calibration["matrix"];
  chosen: string | undefined;
  onChoose: (cell: string) => void;
}

function Confusion({ matrix: { labels, counts }, chosen, onChoose }: ConfusionProps) {
  return (
    <ScrollBox className={classes.confusion} label="Confusion matrix">
      <table>
        <caption>Rows: what people say. Columns: what the judge says.</caption>
        <thead>
          <tr>
            <td />
            {labels.map((label) => (
              <th key={label} scope="col">
                <span className={shared.quiet}>judge</span> {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((human, y) => (
            <tr key={human}>
              <th scope="row">
                <span className={shared.quiet}>people</span> {human}
              </th>
              {labels.map((judge, x) => {
                const n = counts[y]?.[x] ?? 0;
                const cell = cellOf(human, judge);
                return (
                  <td key={judge} data-wrong={(x !== y && n > 0) || undefined}>
                    {x === y || n === 0 ? (
                      count(n)
                    ) : (
                      <button
                        type="button"
                        aria-pressed={chosen === cell}
                        aria-label={`Read the ${count(n)} that people call ${human} and the judge ${judge}`}
                        onClick={() => onChoose(cell)}
                      >
                        {count(n)}
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
