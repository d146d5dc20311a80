import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { HealthHistory, HealthSample, ServerHealth } from "../../api/types";
import { Sparkline } from "../../charts/Sparkline";
import { bytes, count, duration, percent, plural, span } from "../../format";
import type { Column } from "../../parts/ColumnTable";
import { ErrorLine, ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { Hosts } from "./Hosts";
import { SettingsTable } from "./SettingsTable";
import { Sum } from "./Sum";
import settings from "./settings.module.css";
import sums from "./storage.module.css";
import classes from "./system.module.css";
import { type FigureRow, figureRows, rate } from "./systemRows";
import { Verdicts } from "./Verdicts";

/** How this server is doing: what needs a look, the figures of now, and the last hours. */
export function System() {
  const health = useQuery({
    queryKey: ["server", "health"],
    queryFn: ({ signal }) => get<ServerHealth>("server/health", {}, signal),
    refetchInterval: 10_000,
  });
  const history = useQuery({
    queryKey: ["server", "health", "history"],
    queryFn: ({ signal }) => get<HealthHistory>("server/health/history", {}, signal),
    refetchInterval: 30_000,
  });
  if (health.error) return <ErrorState error={health.error} onRetry={health.refetch} />;
  if (!health.data) return <Skeleton height={280} />;
  return (
    <>
      <Verdicts verdicts={health.data.verdicts} />
      <Now health={health.data} newest={history.data?.items.at(-1)} />
      <section className={`${settings.section} ${settings.wide}`} aria-labelledby="last-hours">
        <h3 className={settings.sectionTitle} id="last-hours">
          Last hours
        </h3>
        {history.error ? (
          <ErrorLine error={history.error} onRetry={history.refetch} />
        ) : (
          history.data && <Hours samples={history.data.items} />
        )}
      </section>
      <Hosts />
    </>
  );
}

function Now({ health, newest }: { health: ServerHealth; newest: HealthSample | undefined }) {
  const { figures, started_at: start, time } = health;
  const spans = Object.values(figures.spans).reduce((sum, one) => sum + one, 0);
  const { disk_free_bytes: free, disk_total_bytes: total } = figures;
  return (
    <section className={sums.sums} aria-label="Now">
      <Sum
        label="Spans a second"
        figure={rate(newest?.spans_per_s ?? null)}
        more={`${count(spans)} in ${duration(Date.parse(time) - Date.parse(start))}`}
      />
      <Sum
        label="Waiting for the store"
        figure={bytes(figures.queue_bytes)}
        more={`${plural(figures.queue_rows, "row")}, the oldest for ${duration(figures.lag_s * 1000)}`}
      />
      <Sum
        label="Memory"
        figure={bytes(figures.memory_bytes)}
        more={newest && `${percent(newest.cpu, 0)} of a core`}
      />
      <Sum
        label="Disk free"
        figure={bytes(free)}
        more={`${percent(free / total, 0)} of ${bytes(total)}`}
        bad={health.verdicts.some(({ check, status }) => check === "disk" && status !== "ok")}
      />
    </section>
  );
}

const COLUMNS: readonly Column<FigureRow>[] = [
  { label: "Figure", cell: ({ label }) => label },
  { label: "Now", className: table.number, cell: ({ now }) => now },
  {
    label: "Course",
    unlabelled: true,
    className: classes.line,
    cell: ({ label, values, extreme }) => (
      <Sparkline values={values} label={`${label}: ${extreme}`} width={240} />
    ),
  },
  { label: "Of all", className: table.time, cell: ({ extreme }) => extreme },
];

function Hours({ samples }: { samples: readonly HealthSample[] }) {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) {
    return (
      <p className={settings.help}>The first sample is there half a minute after the start.</p>
    );
  }
  return (
    <SettingsTable
      columns={COLUMNS}
      rows={figureRows(samples)}
      keyOf={({ label }) => label}
      note={
        `${span(new Date(first.at), new Date(last.at))}. One sample every 30 seconds, six hours at most, ` +
        "kept in memory: a restart begins anew. Prometheus keeps more: /metrics."
      }
    />
  );
}
