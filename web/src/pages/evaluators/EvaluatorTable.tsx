import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cost, costDigits, count } from "../../format";
import { ColumnTable } from "../../parts/ColumnTable";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
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
  const onWide = `${table.number} ${table.wideOnly}`;
  return (
    <ColumnTable
      linked
      className={classes.table}
      rows={evaluators}
      keyOf={(one) => one.id}
      body={body}
      columns={[
        { label: "Name", cell: (one) => <Name project={project} evaluator={one} /> },
        {
          label: "Kind",
          className: classes.kindColumn,
          cell: ({ kind }) => {
            const { name, icon: Icon } = KINDS[kind];
            return (
              <span className={classes.kindMark}>
                <Icon size={14} strokeWidth={1.75} aria-hidden />
                {name}
              </span>
            );
          },
        },
        {
          label: "What it checks",
          className: `${classes.whatColumn} ${table.second} ${table.wideOnly}`,
          title: (one) => checks(one, catalogue),
          cell: (one) => <bdi>{checks(one, catalogue)}</bdi>,
        },
        { label: "Rules", className: onWide, cell: (one) => count(one.rules) },
        { label: "Verdicts", className: table.number, cell: (one) => count(one.verdicts) },
        {
          label: "Errors",
          className: onWide,
          cell: (one) => count(one.errors),
          isBad: (one) => one.errors > 0,
        },
        {
          label: "With people",
          className: `${classes.agreementColumn} ${onWide}`,
          cell: (one) => <AgreementFigure project={project} evaluator={one} />,
        },
        {
          label: "Cost so far",
          className: `${table.number} ${table.ends}`,
          cell: (one) => cost(one.cost, digits),
        },
      ]}
    />
  );
}

function Name({ project, evaluator }: { project: string; evaluator: Evaluator }) {
  return (
    <Link
      to="/p/$project/evaluators/$evaluatorId"
      params={{ project, evaluatorId: evaluator.id }}
      className={table.rowLink}
      title={evaluator.name}
      dir="auto"
    >
      {evaluator.name}
    </Link>
  );
}
