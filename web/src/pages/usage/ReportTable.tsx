import { Link } from "@tanstack/react-router";
import type { CostReport, ReportRow } from "../../api/costs";
import { ChangeMark } from "../../charts/ChangeMark";
import { changeOf } from "../../charts/change";
import { compact, cost, costDigits, count, percent } from "../../format";
import table from "../../parts/table.module.css";
import { absolute } from "../../timeRange";
import { tracesLink } from "../overview/links";
import { OTHERS, UNKNOWN_NAME } from "./chart";
import { columnName } from "./splits";
import classes from "./usage.module.css";

interface Props {
  report: CostReport;
  /** Absent for all projects. */
  project: string | undefined;
}

/** A row for each group, the dearest first; its name leads to the traces behind it. */
export function ReportTable({ report, project }: Props) {
  const digits = costDigits(report.rows.map((row) => row.cost.total));
  return (
    <>
      <table className={`${table.table} ${classes.table}`}>
        <thead>
          <tr>
            {report.by.map((column) => (
              <th key={column} scope="col">
                {columnName(column)}
              </th>
            ))}
            <th scope="col" className={table.number}>
              Cost
            </th>
            <th scope="col" className={`${table.number} ${table.ends}`}>
              Share
            </th>
            <th scope="col" className={`${table.number} ${table.wideOnly}`}>
              Before
            </th>
            <th scope="col" className={`${table.number} ${table.wideOnly}`}>
              Change
            </th>
            <th scope="col" className={`${table.number} ${table.wideOnly}`}>
              Calls
            </th>
            <th scope="col" className={`${table.number} ${table.wideOnly}`}>
              Tokens
            </th>
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <Row
              key={JSON.stringify([row.other, row.group])}
              row={row}
              by={report.by}
              project={project ?? row.group.project ?? undefined}
              digits={digits}
            />
          ))}
        </tbody>
      </table>
      {report.truncated && (
        <p className={classes.note}>
          These are the dearest of {count(report.group_count)} groups; all others stand together.
        </p>
      )}
    </>
  );
}

interface RowProps {
  row: ReportRow;
  by: readonly string[];
  project: string | undefined;
  digits: number;
}

function Row({ row, by, project, digits }: RowProps) {
  const range = absolute(Date.parse(row.from), Date.parse(row.to));
  const rule = { as: "ratio", worse: null } as const;
  const change =
    row.change === null ? null : changeOf(row.cost.total, row.before.cost, rule, "before");
  const unpriced = row.unpriced_calls ?? 0;
  return (
    <tr className={table.row}>
      {by.map((column, n) => {
        const name = row.group[column] ?? (row.other ? OTHERS : UNKNOWN_NAME);
        const linked = n === 0 && project && row.filter !== null;
        return (
          <td key={column} title={name} data-unknown={row.group[column] == null || undefined}>
            {linked ? (
              <Link
                {...tracesLink(project, range, { filter: row.filter || undefined })}
                className={table.rowLink}
              >
                {name}
              </Link>
            ) : (
              name
            )}
            {n === by.length - 1 && row.partial && <span className={table.rowNote}>in part</span>}
          </td>
        );
      })}
      <td
        className={table.number}
        title={
          unpriced ? `${count(unpriced)} of ${count(row.calls)} calls have no price` : undefined
        }
      >
        {unpriced > 0 && row.cost.total !== null && "≥ "}
        {cost(row.cost.total, digits)}
      </td>
      <td className={`${table.number} ${table.ends}`}>{percent(row.share)}</td>
      <td className={`${table.number} ${table.wideOnly}`}>{cost(row.before.cost, digits)}</td>
      <td className={`${table.number} ${table.wideOnly}`}>
        <ChangeMark change={change} />
      </td>
      <td className={`${table.number} ${table.wideOnly}`}>{count(row.calls)}</td>
      <td className={`${table.number} ${table.wideOnly}`}>{compact(row.usage.total_tokens)}</td>
    </tr>
  );
}
