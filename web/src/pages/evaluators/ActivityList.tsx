import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ago, compact, cost, exactTime, plural, score } from "../../format";
import { ColumnTable } from "../../parts/ColumnTable";
import { Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import classes from "./evaluators.module.css";
import { Filters } from "./Filters";
import { type Activity, activityOf, type Rule } from "./queries";
import { reasonsOf, reasonText, skippedOf } from "./rules";
import sides from "./rules.module.css";
import { Why } from "./Why";

const OUTCOMES = ["all", "scored", "failed", "skipped"] as const;
const NAMES = { all: "All", scored: "Scored", failed: "Failed", skipped: "Skipped" };

interface Props {
  project: string;
  rule: Rule;
}

/** What a rule did with whatever it saw, the newest first, and why. */
export function ActivityList({ project, rule }: Props) {
  const [search, change] = useAddress();
  const outcome = oneOf(search.outcome, OUTCOMES);
  const activity = useInfiniteQuery(activityOf(rule.id, outcome === "all" ? "" : outcome));
  const { stats } = rule;
  const reasons = reasonsOf(stats);
  return (
    <div className={sides.activity}>
      <div>
        <Filters
          label="Outcome"
          values={OUTCOMES}
          names={NAMES}
          counts={{
            scored: compact(stats.scored),
            failed: compact(stats.failed),
            skipped: compact(skippedOf(stats)),
          }}
          chosen={outcome}
          onChoose={(next) => change({ outcome: next === "all" ? undefined : next })}
        />
        <Listed
          list={activity}
          waiting={<WaitingRows rows={6} />}
          empty={
            <EmptyState icon={Hourglass} title={emptyTitle(outcome)}>
              {outcome === "all" &&
                (rule.enabled
                  ? "Whatever arrives and matches is listed here within seconds."
                  : "It is turned off.")}
            </EmptyState>
          }
        >
          {(rows) => <ActivityTable project={project} rows={rows} />}
        </Listed>
      </div>
      <aside className={sides.activitySide}>
        <section aria-label="Why things were skipped">
          <h2>Why things were skipped</h2>
          {reasons.length === 0 ? (
            <p className={classes.quiet}>Nothing was skipped.</p>
          ) : (
            <ul className={sides.reasons}>
              {reasons.map((one) => (
                <li key={one.reason}>
                  <span>{reasonText(one.reason)}</span>
                  <b className="num">{compact(one.count)}</b>
                </li>
              ))}
            </ul>
          )}
        </section>
        {!rule.guard && <Why rule={rule} />}
      </aside>
    </div>
  );
}

function emptyTitle(outcome: (typeof OUTCOMES)[number]): string {
  return outcome === "all" ? "Nothing has come by yet" : `Nothing ${outcome} yet`;
}

function ActivityTable({ project, rows }: { project: string; rows: readonly Activity[] }) {
  return (
    <ColumnTable
      className={classes.table}
      rows={rows}
      keyOf={(one) => `${one.at} ${one.trace_id} ${one.span_id} ${one.session_id} ${one.outcome}`}
      isFailed={(one) => one.outcome === "failed"}
      columns={[
        {
          label: "When",
          className: classes.whenColumn,
          cell: (one) => ago(one.at),
          title: (one) => exactTime(one.at),
        },
        { label: "Outcome", className: classes.outcomeColumn, cell: outcomeOf },
        {
          label: "Why",
          className: table.second,
          title: whyOf,
          cell: (one) => (
            <bdi>
              {whyOf(one)}
              {one.attempts > 1 && (
                <span className={classes.quiet}> {plural(one.attempts, "attempt")}</span>
              )}
            </bdi>
          ),
        },
        {
          label: "Of",
          className: classes.ofColumn,
          cell: (one) => <Place project={project} of={one} />,
        },
        {
          label: "Cost",
          className: `${table.number} ${table.ends}`,
          cell: (one) => cost(one.cost),
        },
      ]}
    />
  );
}

function outcomeOf(one: Activity) {
  if (one.outcome !== "scored")
    return <span data-bad={one.outcome === "failed" || undefined}>{one.outcome}</span>;
  return (
    <>
      scored <b>{one.label ?? score(one.value)}</b>
    </>
  );
}

/** The kind of reason, and what was said of it. */
function whyOf({ reason, detail }: Activity): string {
  return [reasonText(reason), detail].filter(Boolean).join(": ");
}

/** A link to the span, the trace or the session. */
function Place({ project, of }: { project: string; of: Activity }) {
  if (of.trace_id)
    return (
      <Link
        to="/p/$project/trace/$traceId"
        params={{ project, traceId: of.trace_id }}
        search={of.span_id ? { span: of.span_id } : {}}
        className="mono"
      >
        {(of.span_id ?? of.trace_id).slice(0, 8)}
      </Link>
    );
  if (of.session_id)
    return (
      <Link
        to="/p/$project/sessions/$sessionId"
        params={{ project, sessionId: of.session_id }}
        className="mono"
      >
        {of.session_id}
      </Link>
    );
  return null;
}
