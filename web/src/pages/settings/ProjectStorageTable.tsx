import { bytes, compact, plural } from "../../format";
import { Button } from "../../parts/Button";
import table from "../../parts/table.module.css";
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
  return (
    <div className={tables.tableBox}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col" className={table.number}>
              Spans
            </th>
            <th scope="col" className={table.number}>
              Size
            </th>
            <th scope="col" className={table.number}>
              Growth a day
            </th>
            <th scope="col" className={tables.kept}>
              Kept for
            </th>
            <th scope="col" className={tables.actions}>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {[...sorted, ...empty].map((row, n) => {
            const project = projects.find((one) => one.name === row.project);
            return (
              <tr key={row.project ?? `gone ${n}`}>
                <td title={row.project ?? undefined}>
                  {row.project ?? <span className={classes.quiet}>being deleted</span>}
                </td>
                <td className={table.number} data-label="Spans">
                  {compact(row.rows.spans ?? 0)}
                </td>
                <td className={table.number} data-label="Size">
                  {bytes(row.bytes)}
                </td>
                <td className={table.number} data-label="Growth a day">
                  {bytes(row.bytes_per_day === null ? null : Math.round(row.bytes_per_day))}
                </td>
                <td className={tables.kept} data-label="Kept for">
                  {project ? keptFor(project) : row.project && "experiment"}
                </td>
                <td className={tables.actions}>
                  {project && (
                    <Button small look="quiet" onClick={() => onChange(project)}>
                      Change
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function keptFor({ retention_days: days, retention_inherited: inherited }: KeptProject): string {
  const words = days === 0 ? "ever" : days == null ? "" : plural(days, "day");
  return inherited ? `${words} (server)` : words;
}
