import { Link, type LinkProps } from "@tanstack/react-router";
import type { MetricsAnswer } from "../../api/types";
import { compact, cost, costDigits, count } from "../../format";
import { ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import { writeRange } from "../../timeRange";
import { type ExpensiveRow, expensiveRows } from "./expensiveRows";
import { literal } from "./filters";
import { tracesLink } from "./links";
import classes from "./overview.module.css";
import { modelsQuestion, usersQuestion } from "./questions";
import { useMetrics } from "./useMetrics";
import type { PeriodOfPage } from "./usePeriod";

interface Props {
  project: string;
  period: PeriodOfPage;
}

/** Where the money goes: models and users, the dearest first. */
export function Expensive({ project, period }: Props) {
  const models = useMetrics(modelsQuestion(project, period.now));
  const users = useMetrics(usersQuestion(project, period.now));
  return (
    <div className={classes.pair}>
      <Ranking
        title="Most expensive models"
        heads={["Model", "Calls"]}
        by="model"
        answer={models}
        nothing="No model was called in this time."
        linkOf={(model) =>
          tracesLink(project, period.range, { filter: `model = ${literal(model)}` })
        }
      />
      <Ranking
        title="Most expensive users"
        heads={["User", "Traces"]}
        by="user_id"
        answer={users}
        nothing="No trace of this time names a user."
        linkOf={(userId) => ({
          to: "/p/$project/users/$userId",
          params: { project, userId },
          search: writeRange(period.range),
        })}
      />
    </div>
  );
}

interface RankingProps {
  title: string;
  heads: [string, string];
  by: string;
  answer: { data?: MetricsAnswer; error: unknown; refetch: () => void };
  nothing: string;
  linkOf: (name: string) => LinkProps;
}

function Ranking({ title, heads, by, answer, nothing, linkOf }: RankingProps) {
  const rows = answer.data && expensiveRows(answer.data, by);
  const digits = costDigits(rows?.map((row) => row.cost) ?? []);
  return (
    <section className={classes.panel} aria-label={title}>
      <h2 className={classes.panelTitle}>{title}</h2>
      {answer.error ? (
        <ErrorState error={answer.error} onRetry={answer.refetch} />
      ) : !rows ? (
        <WaitingRows rows={6} />
      ) : rows.length === 0 ? (
        <p className={classes.nothing}>{nothing}</p>
      ) : (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{heads[0]}</th>
              <th scope="col" className={table.number}>
                {heads[1]}
              </th>
              <th scope="col" className={table.number}>
                Tokens
              </th>
              <th scope="col" className={table.number}>
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <RankingRow key={row.name} row={row} digits={digits} link={linkOf(row.name)} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface RowProps {
  row: ExpensiveRow;
  /** Decimal places of the costs of all rows. */
  digits: number;
  link: LinkProps;
}

function RankingRow({ row, digits, link }: RowProps) {
  return (
    <tr className={table.row}>
      <td>
        <Link {...link} className={table.rowLink} title={row.name}>
          {row.name}
        </Link>
      </td>
      <td className={table.number}>{count(row.count)}</td>
      <td className={table.number}>{compact(row.tokens)}</td>
      <td className={table.number}>{cost(row.cost, digits)}</td>
    </tr>
  );
}
