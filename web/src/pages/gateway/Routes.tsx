import { Link } from "@tanstack/react-router";
import { Waypoints } from "lucide-react";
import type { GatewayRoute, GatewayStatus, GatewayTarget } from "../../api/gateway";
import type { components } from "../../api/openapi";
import { cost, count, duration, percent, UNKNOWN } from "../../format";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import { EmptyState } from "../../parts/states";
import table from "../../parts/table.module.css";
import classes from "./gateway.module.css";
import { cacheHits, cacheWords, guardrailsOf, healthOf, hitRate } from "./words";

interface Props {
  routes: components["schemas"]["RouteList"];
  status: GatewayStatus;
}

/** What names lead to which models, what their caches did, and how the models do. */
export function Routes({ routes, status }: Props) {
  return (
    <>
      {routes.problems.map((problem) => (
        <p key={problem} className={classes.problem} role="alert">
          {problem}
        </p>
      ))}
      {routes.items.length > 0 ? (
        <ColumnTable
          className={classes.table}
          columns={columnsOf(status)}
          rows={routes.items}
          keyOf={(route) => route.name}
        />
      ) : (
        <EmptyState icon={Waypoints} title="No route has been set">
          Models of{" "}
          <Link to="/settings/$" params={{ _splat: "models" }}>
            providers
          </Link>{" "}
          can be asked as <code>provider/model</code>. A route puts a name before several of them:{" "}
          <code>pilothouse gateway routes set chat -t openai/gpt-4o-mini</code>.
        </EmptyState>
      )}
      <h2 className={classes.title}>Models behind them</h2>
      {status.targets.length > 0 ? (
        <ColumnTable
          className={classes.table}
          columns={TARGETS}
          rows={status.targets}
          keyOf={(target) => target.target}
          isFailed={(target) => healthOf(target).isBad}
        />
      ) : (
        <p className={classes.quiet}>No model has been asked since the server began.</p>
      )}
    </>
  );
}

function columnsOf(status: GatewayStatus): readonly Column<GatewayRoute>[] {
  const bad = new Set(status.targets.filter((one) => healthOf(one).isBad).map((one) => one.target));
  return [
    { label: "Route", cell: (route) => <b className={classes.name}>{route.name}</b> },
    {
      label: "Leads to",
      className: classes.wide,
      title: (route) => targetsOf(route).join(", "),
      cell: (route) =>
        targetsOf(route).map((target, at) => (
          <span key={target} data-bad={bad.has(target) || undefined} className={classes.target}>
            {at > 0 && ", "}
            {target}
          </span>
        )),
    },
    {
      label: "Cache",
      title: (route) => cacheWords(route.cache),
      cell: (route) => cacheWords(route.cache),
    },
    {
      label: "Hit rate",
      className: table.number,
      cell: (route) => {
        const rate = hitRate(cacheHits(status, route.name));
        return rate === null ? UNKNOWN : percent(rate);
      },
    },
    {
      label: "Saved",
      className: table.number,
      cell: (route) => {
        const hits = cacheHits(status, route.name);
        return hits.hits > 0 ? cost(hits.saved) : UNKNOWN;
      },
    },
    {
      label: "Guardrails",
      title: (route) => guardrailsOf(route).join(", "),
      cell: (route) => guardrailsOf(route).join(", ") || UNKNOWN,
    },
  ];
}

function targetsOf(route: GatewayRoute): string[] {
  return route.targets.map((target) => `${target.provider}/${target.model}`);
}

const TARGETS: readonly Column<GatewayTarget>[] = [
  {
    label: "Model",
    className: classes.wide,
    title: (one) => one.target,
    cell: (one) => <b className={classes.name}>{one.target}</b>,
  },
  { label: "Health", cell: (one) => healthOf(one).words, isBad: (one) => healthOf(one).isBad },
  { label: "Calls", className: table.number, cell: (one) => count(one.calls) },
  { label: "Busy", className: table.number, cell: (one) => count(one.busy) },
  {
    label: "First byte",
    className: table.number,
    cell: (one) => duration(one.first_byte_ms),
  },
];
