import { Link, type LinkProps } from "@tanstack/react-router";
import type { MetricsAnswer } from "../../../api/types";
import charts from "../../../charts/charts.module.css";
import { ScrollBox } from "../../../parts/ScrollBox";
import classes from "./dashboards.module.css";
import type { Panel } from "./model";
import { measureName, tableRows } from "./panelData";

interface Props {
  panel: Panel;
  answer: MetricsAnswer;
  /** To the rows of a group. */
  linkOf: (group: Record<string, string | null>) => LinkProps;
}

/** Groups with their figures, the largest first. */
export function GroupTable({ panel, answer, linkOf }: Props) {
  const fields = panel.question?.group_by ?? [];
  const rows = tableRows(panel, answer);
  if (rows.length === 0) return <p className={charts.blank}>Nothing known in this time.</p>;
  return (
    <ScrollBox className={charts.tableBox} label={`${panel.title || "Table"}, rows`}>
      <table className={charts.table}>
        <thead>
          <tr>
            <th scope="col">{fields.join(", ") || "All"}</th>
            {panel.question?.measures.map((measure) => (
              <th key={measure} scope="col">
                {measureName(measure)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, group, values }) => (
            <tr key={key}>
              <td className={classes.groupName}>
                <Link {...linkOf(group)} className="ellipsis">
                  {nameOf(group)}
                </Link>
              </td>
              {values.map((value, n) => (
                <td key={panel.question?.measures[n]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {answer.truncated && (
        <p className={classes.more}>
          The {rows.length} largest of {answer.group_count ?? "more"}.
        </p>
      )}
    </ScrollBox>
  );
}

function nameOf(group: Record<string, string | null>): string {
  const named = Object.entries(group).map(([field, value]) => value ?? `no ${field}`);
  return named.join(" · ") || "All";
}
