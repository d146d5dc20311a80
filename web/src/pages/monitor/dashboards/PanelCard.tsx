import type { ReactNode } from "react";
import { CardHead } from "../../../charts/CardHead";
import { ChartMenu } from "../../../charts/ChartMenu";
import charts from "../../../charts/charts.module.css";
import { ErrorState, Skeleton } from "../../../parts/states";
import classes from "./dashboards.module.css";

interface Props {
  title: string;
  height: number;
  /** Without its title: it is only its name for readers. */
  bare?: boolean;
  menu?: ReactNode;
  tool?: ReactNode;
  loading?: boolean;
  error?: unknown;
  onRetry?: () => void;
  children: ReactNode;
}

/** A titled panel that is no chart over time. */
export function PanelCard(props: Props) {
  const { title, height, bare, menu, tool, loading, error, onRetry, children } = props;
  const tools = (
    <>
      {tool}
      {menu && <ChartMenu title={title} more={menu} />}
    </>
  );
  return (
    <section className={charts.card} aria-label={title}>
      {bare ? (
        <span className={charts.tools}>{tools}</span>
      ) : (
        <CardHead title={title} level={3} tools={tools} />
      )}
      <div className={classes.body} style={{ height: bare ? height + 28 : height }}>
        {error ? (
          <ErrorState error={error} onRetry={onRetry} />
        ) : loading ? (
          <Skeleton height={height} />
        ) : (
          children
        )}
      </div>
    </section>
  );
}
