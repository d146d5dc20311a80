import { bytes, compact, plural } from "../../format";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import table from "../../parts/table.module.css";
import { SettingsTable } from "./SettingsTable";
import classes from "./settings.module.css";
import type { KeptProject, ProjectStorage } from "./storageShapes";
import tables from "./tables.module.css";

interface Props {
  rows: readonly ProjectStorage[];
  projects: readonly KeptProject[];
  onChange: (project: KeptProject) => void;
}

/** One row a project, the largest first; those without a span come last. */
export function ProjectStorageTable({ rows, projects, onChange }: Props) {
  const stored = new Set(rows.map((row) => row.project));
  const empty: ProjectStorage[] = projects
    .filter((project) => !stored.has(project.name))
    .map(({ name }) => ({ project: name, rows: {}, bytes: 0, bytes_per_day: null }));
  const sorted = [...rows].sort((a, b) => b.bytes - a.bytes);
  const known = new Map(projects.map((one) => [one.name, one]));
  const of = ({ project }: ProjectStorage) => known.get(project ?? "");
  const kept: Column<ProjectStorage> = {
    label: "Kept for",
    className: tables.kept,
    cell: (row) => {
      const project = of(row);
      return project ? keptFor(project) : row.project && "experiment";
    },
  };
  return (
    <SettingsTable
      columns={[...COLUMNS, kept]}
      rows={[...sorted, ...empty]}
      keyOf={(row, at) => row.project ?? `gone ${at}`}
      note={NOTE}
      actions={(row) => {
        const project = of(row);
        return (
          project && (
            <Button small look="quiet" onClick={() => onChange(project)}>
              Change
            </Button>
          )
        );
      }}
    />
  );
}

const NOTE =
  "What is older is deleted once an hour. Experiments are kept until they are deleted. " +
  "Sizes are shares of files that several projects have in common.";

const COLUMNS: readonly Column<ProjectStorage>[] = [
  {
    label: "Project",
    cell: (row) => row.project ?? <span className={classes.quiet}>being deleted</span>,
    title: (row) => row.project ?? undefined,
  },
  { label: "Spans", className: table.number, cell: (row) => compact(row.rows.spans ?? 0) },
  { label: "Size", className: table.number, cell: (row) => bytes(row.bytes) },
  {
    label: "Growth a day",
    className: table.number,
    cell: (row) => bytes(row.bytes_per_day === null ? null : Math.round(row.bytes_per_day)),
  },
];

function keptFor({ retention_days: days, retention_inherited: inherited }: KeptProject): string {
  const words = days === 0 ? "ever" : days == null ? "" : plural(days, "day");
  return inherited ? `${words} (server)` : words;
}
