import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cost, costDigits, count } from "../../format";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../annotation/useRowKeys";
import { AgreementFigure } from "./AgreementFigure";
import classes from "./evaluators.module.css";
import { checks, KINDS } from "./kinds";
import { catalogueQuery, type Evaluator } from "./queries";

interface Props {
  project: string;
  evaluators: readonly Evaluator[];
}

export function EvaluatorTable({ project, evaluators }: Props) {
  const body = useRowKeys("Evaluators");
  const { data: catalogue } = useQuery({
    ...catalogueQuery(),
    enabled: evaluators.some((one) => one.kind === "builtin" && !one.description),
  });
  const digits = costDigits(evaluators.map((one) => one.cost));
  return (
    <table className={`${table.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={classes.kindColumn}>
            Kind
          </th>
          <th scope="col" className={`${classes.whatColumn} ${classes.wideOnly}`}>
            What it checks
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Rules
          </th>
          <th scope="col" className={table.number}>
            Verdicts
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Errors
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            With people
          </th>
          <th scope="col" className={`${table.number} ${table.ends}`}>
            Cost so far
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {evaluators.map((one) => {
          const { name: kind, icon: Icon } = KINDS[one.kind];
          const what = checks(one, catalogue);
          return (
            <tr key={one.id} className={table.row}>
              <td>
                <Link
                  to="/p/$project/evaluators/$evaluatorId"
                  params={{ project, evaluatorId: one.id }}
                  className={table.rowLink}
                  title={one.name}
                  dir="auto"
                >
                  {one.name}
                </Link>
              </td>
              <td className={classes.kindColumn}>
                <span className={classes.kindMark}>
                  <Icon size={14} strokeWidth={1.75} aria-hidden />
                  {kind}
                </span>
              </td>
              <td className={`${classes.second} ${classes.wideOnly}`} title={what} dir="auto">
                {what}
              </td>
              <td className={`${table.number} ${classes.wideOnly}`}>{count(one.rules)}</td>
              <td className={table.number}>{count(one.verdicts)}</td>
              <td
                className={`${table.number} ${classes.wideOnly}`}
                data-bad={one.errors > 0 || undefined}
              >
                {count(one.errors)}
              </td>
              <td className={`${table.number} ${classes.wideOnly}`}>
                <AgreementFigure project={project} evaluator={one} />
              </td>
              <td className={`${table.number} ${table.ends}`}>{cost(one.cost, digits)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
