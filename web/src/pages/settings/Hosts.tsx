import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { Host, Hosts as HostsAnswer } from "../../api/types";
import { Sparkline } from "../../charts/Sparkline";
import { ago, percent } from "../../format";
import type { Column } from "../../parts/ColumnTable";
import { ErrorLine } from "../../parts/states";
import table from "../../parts/table.module.css";
import {
  busiest,
  courseOf,
  fullest,
  hostName,
  memoryOf,
  type ProcessRow,
  processRows,
} from "./hostRows";
import { SettingsTable } from "./SettingsTable";
import settings from "./settings.module.css";
import classes from "./system.module.css";

/** The machines of applications that send metrics of themselves, and their processes. */
export function Hosts() {
  const { data, error, refetch } = useQuery({
    queryKey: ["server", "hosts"],
    queryFn: ({ signal }) => get<HostsAnswer>("server/hosts", {}, signal),
    refetchInterval: 60_000,
  });
  return (
    <section className={`${settings.section} ${settings.wide}`} aria-labelledby="hosts">
      <h3 className={settings.sectionTitle} id="hosts">
        Hosts of applications
      </h3>
      {error ? <ErrorLine error={error} onRetry={refetch} /> : data && <Told answer={data} />}
    </section>
  );
}

function Told({ answer: { items: hosts, interval_s } }: { answer: HostsAnswer }) {
  if (hosts.length === 0) {
    return (
      <p className={settings.help}>
        No host sent metrics of itself in the last 24 hours. <code>system_metrics=True</code> of{" "}
        <code>pilothouse.init</code> sends them; so do other OpenTelemetry programs.
      </p>
    );
  }
  const processes = processRows(hosts);
  return (
    <>
      <SettingsTable
        columns={hostColumns(interval_s, Date.now())}
        rows={hosts}
        keyOf={(host) => host.name}
        note="Of the last 24 hours. The line is the processor."
      />
      {processes.length > 0 && (
        <SettingsTable columns={PROCESSES} rows={processes} keyOf={({ key }) => key} />
      )}
    </>
  );
}

const hostColumns = (intervalS: number, now: number): readonly Column<Host>[] => [
  { label: "Host", cell: hostName, title: hostName },
  { label: "Processor", className: table.number, cell: ({ cpu }) => percent(cpu, 0) },
  {
    label: "Course",
    unlabelled: true,
    className: classes.course,
    cell: (host) => (
      <Sparkline
        values={courseOf(host, intervalS, now)}
        label={`Processor of ${hostName(host)} over 24 hours`}
      />
    ),
  },
  { label: "Memory", className: classes.fact, cell: memoryOf },
  { label: "Disk", className: classes.fact, cell: fullest, title: fullest },
  { label: "GPU", className: classes.fact, cell: busiest, title: busiest },
  { label: "Seen", className: table.number, cell: ({ seen_at }) => ago(seen_at) },
];

const PROCESSES: readonly Column<ProcessRow>[] = [
  { label: "Process", cell: ({ service }) => service, title: ({ service }) => service },
  { label: "On", className: classes.fact, cell: ({ host }) => host, title: ({ host }) => host },
  { label: "Number", className: table.number, cell: ({ pid }) => pid },
  { label: "Processor", className: table.number, cell: ({ share }) => share },
  { label: "Memory", className: table.number, cell: ({ memory }) => memory },
];
