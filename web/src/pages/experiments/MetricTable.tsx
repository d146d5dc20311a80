import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import type { Experiment, Metric, Side } from "../../api/evaluation";
import { count, score } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import classes from "./compared.module.css";
import shared from "./experiments.module.css";
import table from "./figures.module.css";
import { letterOf, sideOf, signed, type Way, wayOf } from "./sides";

interface Props {
  ids: readonly string[];
  experiments: readonly Experiment[];
  metrics: readonly Metric[];
  chosen: string | undefined;
  onChoose: (metric: string, against?: string, way?: Way) => void;
}

const TONE: Record<Way, string | undefined> = {
  better: shared.good,
  worse: shared.bad,
  same: shared.even,
};

/** Each score of every experiment against the baseline, with how many examples went which way. */
export function MetricTable({ ids, experiments, metrics, chosen, onChoose }: Props) {
  const others = ids.slice(1);
  if (metrics.length === 0)
    return (
      <p className={classes.noScores}>
        No score is known of these experiments; only what their runs took can be compared.
      </p>
    );
  return (
    <ScrollBox className={table.box} role="group" label="Scores">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col" title={experiments[0]?.name}>
              A
            </th>
            {others.map((id, at) => (
              <SideHeads key={id} letter={letterOf(at + 1)} name={experiments[at + 1]?.name} />
            ))}
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => (
            <tr key={metric.name} data-chosen={metric.name === chosen || undefined}>
              <th scope="row">
                <button
                  type="button"
                  className={classes.metricName}
                  title={metric.lower_is_better ? `${metric.name}, less is better` : metric.name}
                  onClick={() => onChoose(metric.name)}
                >
                  {metric.name}
                </button>{" "}
                {metric.lower_is_better && <span className={shared.quiet}>less is better</span>}
              </th>
              <td>
                {score(metric.sides.find((side) => side.baseline_mean !== null)?.baseline_mean)}
              </td>
              {others.map((id) => {
                const side = sideOf(metric, id);
                return (
                  <SideCells
                    key={id}
                    side={side}
                    metric={metric}
                    onWay={(way) => onChoose(metric.name, id, way)}
                  />
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function SideHeads({ letter, name }: { letter: string; name: string | undefined }) {
  return (
    <>
      <th scope="col" title={name}>
        {letter}
      </th>
      <th scope="col">Difference</th>
      <th scope="col">{letter} better · worse · same</th>
      <th scope="col">n</th>
    </>
  );
}

interface CellsProps {
  side: Side | undefined;
  metric: Metric;
  onWay: (way: Way) => void;
}

function SideCells({ side, metric, onWay }: CellsProps) {
  const way = wayOf(side?.difference, metric.lower_is_better);
  return (
    <>
      <td>{score(side?.mean)}</td>
      <td className={way ? TONE[way] : undefined}>
        {signed(side?.difference, (size) => score(size))}
      </td>
      <td>
        {side && side.n > 0 ? (
          <>
            <WayButton way="better" n={side.better} metric={metric.name} onPress={onWay} />
            <WayButton way="worse" n={side.worse} metric={metric.name} onPress={onWay} />
            <WayButton way="same" n={side.same} metric={metric.name} onPress={onWay} />
          </>
        ) : (
          "–"
        )}
      </td>
      <td>{count(side?.n)}</td>
    </>
  );
}

export const ICONS = { better: ArrowUp, worse: ArrowDown, same: Minus } as const;

interface WayProps {
  way: Way;
  n: number;
  metric: string;
  onPress: (way: Way) => void;
}

/** How many examples changed that way; a press shows them. */
export function WayButton({ way, n, metric, onPress }: WayProps) {
  const Icon = ICONS[way];
  return (
    <button
      type="button"
      className={classes.way}
      data-way={n > 0 ? way : undefined}
      aria-label={`Show the ${count(n)} that are ${way} in ${metric}`}
      title={`Show the ${count(n)} that are ${way}`}
      onClick={() => onPress(way)}
    >
      <Icon size={13} strokeWidth={1.75} aria-hidden />
      {count(n)}
    </button>
  );
}
