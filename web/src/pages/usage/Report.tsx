import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { Search } from "../../address";
import { apiUrl } from "../../api/client";
import { reportQuery } from "../../api/costs";
import { ChartCard } from "../../charts/ChartCard";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { absolute, boundsOf, closedBounds, rangeName, type TimeRange } from "../../timeRange";
import { chartOf } from "./chart";
import { ReportTable } from "./ReportTable";
import { SplitChoice } from "./SplitChoice";
import { readSplits, SPLITS, unitFor } from "./splits";
import { TokenTypes } from "./TokenTypes";
import { Totals } from "./Totals";
import classes from "./usage.module.css";

interface Props {
  /** Absent for all projects. */
  project: string | undefined;
  range: TimeRange;
  search: Search;
  onAddress: (patch: Search) => void;
  onRange: (range: TimeRange) => void;
}

const YEARS_MS = 3 * 366 * 86_400_000;

/** Totals, bars by time, tokens by type, and a row for each group. */
export function Report({ project, range, search, onAddress, onRange }: Props) {
  const chosen = readSplits(search, project);
  const { from, to } = closedBounds(range);
  // A report over all time is one over the last three years.
  const since =
    from ?? new Date(Math.floor((Date.now() - YEARS_MS) / 60_000) * 60_000).toISOString();
  const unit = unitFor(Date.parse(since), Date.parse(to));
  const asked = { project, from: since, to: boundsOf(range).to };
  const by = [chosen.first, ...(chosen.second ? [chosen.second] : [])];
  const table = useQuery(reportQuery({ ...asked, by, limit: 200 }));
  const bars = useQuery(reportQuery({ ...asked, by: [chosen.first, unit], limit: 7 }));
  const report = table.data;

  if (table.error) return <ErrorState error={table.error} onRetry={table.refetch} />;
  if (!report) return <WaitingRows rows={12} head={180} />;
  if (!report.total.calls && !report.total.calls_without_usage)
    return (
      <EmptyState title="No call of this time reported tokens or a cost">
        Tokens come with the spans of model calls. Range: {rangeName(range)}.
      </EmptyState>
    );
  const csv = apiUrl("costs/report", { ...asked, by, limit: 1000, format: "csv" });
  return (
    <div aria-busy={table.isPlaceholderData}>
      <Totals report={report} />
      <div className={classes.chart}>
        <ChartCard
          title={`Cost by ${SPLITS[chosen.first].toLowerCase()}`}
          level={2}
          group="usage"
          data={bars.data && chartOf(bars.data, unitOf(bars.data.by) ?? unit)}
          error={bars.error}
          onRetry={bars.refetch}
          onRange={(a, b) => onRange(absolute(a, b))}
        />
      </div>
      <TokenTypes types={report.token_types} />
      <div className={classes.bar}>
        <SplitChoice chosen={chosen} onAddress={onAddress} />
        <a className={classes.csv} href={csv} download>
          <Download size={14} strokeWidth={1.75} aria-hidden /> CSV
        </a>
      </div>
      <ReportTable report={report} project={project} />
    </div>
  );
}

/** The unit that an answer is split by, which may be that of the question before. */
function unitOf(by: readonly string[]) {
  return (["day", "week", "month"] as const).find((unit) => by.includes(unit));
}
