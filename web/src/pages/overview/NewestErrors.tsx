import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page, Span } from "../../api/types";
import { ago, count, exactTime, UNKNOWN } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import { type ErrorGroup, errorGroups } from "./errors";
import { failedSo } from "./filters";
import { tracesLink } from "./links";
import classes from "./overview.module.css";
import { errorsQuestion } from "./questions";
import { useMetrics } from "./useMetrics";
import type { PeriodOfPage } from "./usePeriod";

const SHOWN = 8;

/** The newest failures, grouped by type and place: each leads to its traces. */
export function NewestErrors({ project, period }: { project: string; period: PeriodOfPage }) {
  const params = {
    project,
    from: period.now.from,
    to: period.now.to,
    filter: 'status = "error"',
    limit: 200,
  };
  const newest = useQuery({
    queryKey: keys.list("spans", params),
    queryFn: ({ signal }) => get<Page<Span>>("spans", params, signal),
    placeholderData: keepPreviousData,
  });
  const counts = useMetrics(errorsQuestion(project, period.now));
  const groups = newest.data && errorGroups(newest.data.items, counts.data).slice(0, SHOWN);

  return (
    <section className={`${classes.panel} ${classes.errors}`} aria-labelledby="errors-title">
      <h2 className={classes.panelTitle} id="errors-title">
        Newest errors
      </h2>
      {newest.error ? (
        <ErrorState error={newest.error} onRetry={newest.refetch} />
      ) : !groups ? (
        <WaitingRows rows={5} />
      ) : groups.length === 0 ? (
        <p className={classes.nothing}>No span failed in this time.</p>
      ) : (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col">Where</th>
              <th scope="col" className={table.wide}>
                Newest message
              </th>
              <th scope="col" className={table.number}>
                Spans
              </th>
              <th scope="col" className={table.number}>
                Last seen
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <ErrorRow key={group.key} group={group} project={project} period={period} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface RowProps {
  group: ErrorGroup;
  project: string;
  period: PeriodOfPage;
}

function ErrorRow({ group, project, period }: RowProps) {
  const link = tracesLink(project, period.range, { filter: failedSo(group.type, group.place) });
  return (
    <tr className={table.row} data-error>
      <td>
        <Link
          {...link}
          className={`${table.rowLink} ${classes.errorType}`}
          title={group.type ?? "no type"}
        >
          {group.shortType}
        </Link>
      </td>
      <td className={classes.place}>
        <span className={classes.withIcon}>
          <KindIcon kind={group.kind} />
          <span className="ellipsis" title={group.place}>
            {group.place}
          </span>
        </span>
      </td>
      <td className={classes.message} title={group.message ?? undefined}>
        {group.message ?? UNKNOWN}
      </td>
      <td className={table.number}>{count(group.count)}</td>
      <td className={table.number} title={exactTime(group.lastSeen)}>
        {ago(group.lastSeen)}
      </td>
    </tr>
  );
}
