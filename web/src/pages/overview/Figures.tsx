import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import { ChangeMark } from "../../charts/ChangeMark";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import { type Figure, figuresOf, totalsOf } from "./figures";
import { tracesLink } from "./links";
import classes from "./overview.module.css";
import { totalsQuestion } from "./questions";
import { useMetrics } from "./useMetrics";
import type { PeriodOfPage } from "./usePeriod";

interface Props {
  project: string;
  period: PeriodOfPage;
  /** When the oldest trace began; null while that is not known. */
  begin: string | null;
}

const TITLES = ["Traces", "Error share", "Latency", "Cost", "Tokens", "Mean score"];

/** Six figures, each with its change and a link to the traces behind it. */
export function Figures({ project, period, begin }: Props) {
  const score = useMainScore(project, period);
  const now = useMetrics(score === undefined ? null : totalsQuestion(project, period.now, score));
  const before = useMetrics(
    period.earlier && score !== undefined ? totalsQuestion(project, period.earlier, score) : null,
  );
  if (now.error) return <ErrorState error={now.error} onRetry={now.refetch} />;
  if (!now.data || score === undefined) return <Waiting />;
  const earlier = period.earlier && before.data ? totalsOf(before.data, score) : null;
  const totals = totalsOf(now.data, score);
  const whole = !begin || !period.earlier || Date.parse(begin) <= Date.parse(period.earlier.from);
  const figures = figuresOf(totals, earlier, score, period.against, whole);
  return (
    <>
      <section className={classes.figures} aria-label="Figures">
        {figures.map((figure) => (
          <FigureCell key={figure.key} figure={figure} project={project} period={period} />
        ))}
      </section>
      {totals.count === 0 && begin && <NoTraces period={period} />}
    </>
  );
}

/** Why everything below is empty, though the project is not. */
function NoTraces({ period }: { period: PeriodOfPage }) {
  return (
    <p className={classes.noTraces}>
      No trace of this project began in this time.
      <Button small onClick={() => period.choose({ kind: "relative", span: "all" })}>
        Show all time
      </Button>
    </p>
  );
}

interface CellProps {
  figure: Figure;
  project: string;
  period: PeriodOfPage;
}

function FigureCell({ figure, project, period }: CellProps) {
  return (
    <Link
      {...tracesLink(project, period.range, { filter: figure.filter, order: figure.order })}
      className={classes.cell}
    >
      <span className={`${classes.cellTitle} ellipsis`} title={figure.title}>
        {figure.title}
      </span>
      <span className={classes.cellFigure}>
        <span className={classes.cellNumber}>{figure.figure[0]}</span>
        {figure.figure[1] && <span className={classes.cellUnit}>{figure.figure[1]}</span>}
      </span>
      <span className={classes.cellMore}>
        {figure.more && <span>{figure.more}</span>}
        <ChangeMark change={figure.change} />
      </span>
      <span className="hidden-text">Show the traces</span>
    </Link>
  );
}

function Waiting() {
  return (
    <section className={classes.figures} aria-label="Figures" aria-busy>
      {TITLES.map((title) => (
        <div key={title} className={classes.cell}>
          <span className={classes.cellTitle}>{title}</span>
          <span className={classes.cellFigure}>
            <Skeleton width={72} height={20} />
          </span>
          <span className={classes.cellMore}>
            <Skeleton width={48} />
          </span>
        </div>
      ))}
    </section>
  );
}

interface ScoreFacet {
  values: { value: string; count: number }[];
}

/** The score that most traces carry; null when none does, undefined while that is asked. */
function useMainScore(project: string, { now }: PeriodOfPage): string | null | undefined {
  const params = { project, field: "scores", from: now.from, to: now.to };
  const { data, error } = useQuery({
    queryKey: keys.facets(params),
    queryFn: ({ signal }) => get<ScoreFacet>("facets", params, signal),
    placeholderData: (before) => before,
  });
  if (error) return null; // the other five figures do not wait for it
  return data === undefined ? undefined : (data.values[0]?.value ?? null);
}
