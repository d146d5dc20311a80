import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import type { Experiment, Metric } from "../../api/evaluation";
import { zeroAxis } from "../../charts/axis";
import { Whisker } from "../../charts/Whisker";
import { count, plural } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import { ErrorLine, Skeleton } from "../../parts/states";
import { pSaid } from "./compared";
import { type Cell, leadOf, listed, type Matrix, outcomeOf } from "./pairs";
import classes from "./pairs.module.css";
import { matrixQuery } from "./queries";
import { letterOf, signed } from "./sides";
import { Pieces } from "./VerdictLine";
import verdict from "./verdict.module.css";

interface Props {
  experiments: readonly Experiment[];
  metric: Metric;
}

/** Which of several experiments is best in a score: all pairs of them, and their order. */
export function Pairs({ experiments, metric }: Props) {
  const asked = useQuery({
    ...matrixQuery(
      experiments.map((one) => one.id),
      metric.name,
    ),
    placeholderData: keepPreviousData,
  });
  if (asked.error) return <ErrorLine error={asked.error} onRetry={asked.refetch} />;
  const matrix = asked.data;
  if (!matrix)
    return (
      <div className={verdict.verdict} aria-busy>
        <Skeleton width={420} height={26} />
        <Skeleton height={experiments.length * 40} />
      </div>
    );
  const lead = leadOf(matrix);
  const sole = lead.leaders.length === 1;
  return (
    <>
      <section className={verdict.verdict} aria-label="Verdict">
        <h2>
          {lead.leaders.length === 0 ? (
            `No two of them share an example with ${metric.name}.`
          ) : sole ? (
            <>
              {lead.leaders[0]} <em data-tone="good">leads</em> on {metric.name}.
            </>
          ) : (
            `${listed(lead.leaders)} lead on ${metric.name}; the data do not choose among them.`
          )}
        </h2>
        <p>
          <Pieces pieces={lead.evidence} />
        </p>
      </section>
      {lead.leaders.length > 0 && (
        <div className={classes.pairs}>
          <Cells matrix={matrix} experiments={experiments} metric={metric.name} />
          <Order matrix={matrix} experiments={experiments} />
        </div>
      )}
    </>
  );
}

interface CellsProps {
  matrix: Matrix;
  experiments: readonly Experiment[];
  metric: string;
}

const ICONS = { won: ArrowUp, lost: ArrowDown, open: Minus } as const;

function Cells({ matrix, experiments, metric }: CellsProps) {
  return (
    <ScrollBox className={classes.box} role="group" label="All pairs">
      <table>
        <caption>How often that of the row wins against that of the column, ties left out</caption>
        <thead>
          <tr>
            <td />
            {experiments.map((one, at) => (
              <th key={one.id} scope="col" title={one.name}>
                {letterOf(at)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {experiments.map((row, y) => (
            <tr key={row.id}>
              <th scope="row" title={row.name}>
                <b>{letterOf(y)}</b> <span className="ellipsis">{row.name}</span>
              </th>
              {experiments.map((column, x) => {
                const cell = y === x ? null : matrix.cells[y]?.[x];
                if (!cell || cell.win_rate === null)
                  return <td key={column.id}>{y === x ? "" : "–"}</td>;
                const outcome = outcomeOf(cell);
                const Icon = ICONS[outcome];
                return (
                  <td key={column.id} data-outcome={outcome}>
                    <Link
                      to="/experiments/$experimentIds"
                      params={{ experimentIds: `${column.id},${row.id}` }}
                      search={{ metric } as never}
                      title={saidOf(cell, letterOf(y), letterOf(x))}
                    >
                      <span>
                        <Icon size={13} strokeWidth={1.75} aria-label={outcome} />
                        {Math.round(cell.win_rate * 100)} %
                      </span>
                      {cell.low !== null && cell.high !== null && (
                        <small>
                          {Math.round(cell.low * 100)} to {Math.round(cell.high * 100)}
                        </small>
                      )}
                    </Link>
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

function saidOf(cell: Cell, one: string, other: string): string {
  return (
    `${one} is better than ${other} on ${count(cell.wins)}, worse on ${count(cell.losses)}, the ` +
    `same on ${plural(cell.ties, "example")}, ${pSaid(cell.p_adjusted)}. Open the comparison.`
  );
}

function Order({ matrix, experiments }: { matrix: Matrix; experiments: readonly Experiment[] }) {
  const axis = zeroAxis(
    matrix.ranking.map(({ strength, low, high }) => ({ value: strength, low, high })),
  );
  return (
    <div className={classes.order}>
      <h3>Order, with 95 % intervals</h3>
      <ol>
        {matrix.ranking.map((one, place) => {
          const at = matrix.experiments.findIndex((each) => each.id === one.experiment_id);
          const name = experiments[at]?.name ?? one.experiment_id;
          const number = (value: number | null) => signed(value, (size) => size.toFixed(2));
          const said = `strength ${number(one.strength)}, ${number(one.low)} to ${number(one.high)}`;
          return (
            <li key={one.experiment_id}>
              <span className={classes.place}>{place + 1}</span>
              <b>{letterOf(at)}</b>
              <span className="ellipsis" title={name}>
                {name}
              </span>
              <Whisker
                axis={axis}
                value={one.strength}
                low={one.low}
                high={one.high}
                tone="decided"
                said={`${name}: ${said}`}
              />
              <span className={classes.strength} title={said}>
                {number(one.strength)}
              </span>
            </li>
          );
        })}
      </ol>
      <p>Strengths by Bradley and Terry; 0 is the mean of all.</p>
    </div>
  );
}
