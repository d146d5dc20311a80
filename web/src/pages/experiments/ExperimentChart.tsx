import { useElementSize } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { ChartLine, Table2 } from "lucide-react";
import { useState } from "react";
import { count, time } from "../../format";
import { Button } from "../../parts/Button";
import { ScrollBox } from "../../parts/ScrollBox";
import classes from "./list.module.css";
import type { Line, Point } from "./overTime";

const HEIGHT = 112;
const PAD = { top: 8, right: 10, bottom: 8, left: 56 };

/** One figure over the experiments, oldest left; a press opens the experiment. */
export function ExperimentChart({ line }: { line: Line }) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const navigate = useNavigate();
  const [hovered, setHovered] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const { points, from, to, text } = line;
  const last = points[points.length - 1] as Point;
  const before = points[points.length - 2];
  const step = points.length > 1 ? (width - PAD.left - PAD.right) / (points.length - 1) : 0;
  const x = (at: number) => (points.length > 1 ? PAD.left + at * step : (width + PAD.left) / 2);
  const y = (value: number) =>
    PAD.top + (1 - (value - from) / (to - from)) * (HEIGHT - PAD.top - PAD.bottom);
  const path = points.map((point, at) => `${at ? "L" : "M"}${x(at)} ${y(point.value)}`).join("");
  const shown = hovered === null ? undefined : points[hovered];

  function nearest(clientX: number, element: Element) {
    const at = clientX - element.getBoundingClientRect().left;
    const index = step ? Math.round((at - PAD.left) / step) : 0;
    return Math.min(Math.max(index, 0), points.length - 1);
  }

  return (
    <section className={classes.chart} aria-label={`${line.name} over time`}>
      <div className={classes.chartHead}>
        <h3 className="ellipsis" title={line.name}>
          {line.name}
        </h3>
        <Button
          look="quiet"
          small
          icon={asTable ? ChartLine : Table2}
          aria-label={asTable ? `Show ${line.name} as chart` : `Show ${line.name} as table`}
          title={asTable ? "Show as chart" : "Show as table"}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      <p className={classes.chartFigure}>
        <b>{text((shown ?? last).value)}</b>{" "}
        <span className="ellipsis">
          n {count((shown ?? last).n)} · {(shown ?? last).experiment.name}
          {!shown && before && ` · ${text(before.value)} before`}
        </span>
      </p>
      {asTable ? (
        <ScrollBox className={classes.chartTable} role="group" label={line.name}>
          <table>
            <thead>
              <tr>
                <th scope="col">Experiment</th>
                <th scope="col">Begun</th>
                <th scope="col">Value</th>
                <th scope="col">n</th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map(({ experiment, value, n }) => (
                <tr key={experiment.id}>
                  <td>{experiment.name}</td>
                  <td>{time(experiment.created_at, false)}</td>
                  <td>{text(value)}</td>
                  <td>{count(n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      ) : (
        <div ref={ref} className={classes.chartPlot}>
          {width > 0 && (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the rows of the table below open it by key
            <svg
              width={width}
              height={HEIGHT}
              role="img"
              aria-label={`${line.name} of ${count(points.length)} experiments, last ${text(last.value)}`}
              onPointerMove={(event) => setHovered(nearest(event.clientX, event.currentTarget))}
              onPointerLeave={() => setHovered(null)}
              onClick={(event) => {
                const point = points[nearest(event.clientX, event.currentTarget)];
                if (point)
                  void navigate({
                    to: "/experiments/$experimentIds",
                    params: { experimentIds: point.experiment.id },
                  });
              }}
            >
              {[from, (from + to) / 2, to].map((value) => (
                <g key={value}>
                  <line
                    x1={PAD.left}
                    x2={width - PAD.right}
                    y1={y(value)}
                    y2={y(value)}
                    className={classes.gridLine}
                  />
                  <text x={PAD.left - 6} y={y(value) + 4} textAnchor="end">
                    {text(value)}
                  </text>
                </g>
              ))}
              {hovered !== null && (
                <line
                  x1={x(hovered)}
                  x2={x(hovered)}
                  y1={PAD.top}
                  y2={HEIGHT - PAD.bottom}
                  className={classes.cross}
                />
              )}
              <path d={path} className={classes.linePath} />
              {points.map((point, at) => (
                <circle
                  key={point.experiment.id}
                  cx={x(at)}
                  cy={y(point.value)}
                  r={at === hovered ? 4.5 : 3}
                  className={classes.point}
                />
              ))}
            </svg>
          )}
        </div>
      )}
    </section>
  );
}
