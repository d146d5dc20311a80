import { Link } from "@tanstack/react-router";
import type { GatewayStatus, Guardrail } from "../../api/gateway";
import { count, duration, UNKNOWN } from "../../format";
import { useProject } from "../../frame/project";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import table from "../../parts/table.module.css";
import classes from "./gateway.module.css";
import { hitChips, lookedOf, reachOf } from "./words";

interface Props {
  guardrails: readonly Guardrail[];
  status: GatewayStatus;
}

/** What looks at questions and answers, and what it found. */
export function GuardrailTable({ guardrails, status }: Props) {
  const project = useProject();
  return (
    <>
      {guardrails
        .filter((one) => one.problem)
        .map((one) => (
          <p key={one.name} className={classes.problem} role="alert">
            {one.problem}
          </p>
        ))}
      <ColumnTable
        className={classes.table}
        columns={columnsOf(status, project)}
        rows={guardrails}
        keyOf={(one) => one.name}
      />
    </>
  );
}

function columnsOf(status: GatewayStatus, project: string): readonly Column<Guardrail>[] {
  return [
    {
      label: "Guardrail",
      title: (one) => one.name,
      cell: (one) => <b className={classes.name}>{one.name}</b>,
    },
    { label: "Looks for", cell: (one) => one.type.replaceAll("_", " ") },
    { label: "At", cell: (one) => one.stages.join(", ") || UNKNOWN },
    { label: "And then", cell: (one) => one.action },
    { label: "Looks at", title: reachOf, cell: reachOf },
    {
      label: "Checks",
      className: table.number,
      cell: (one) => count(lookedOf(status, one.name).checks),
    },
    {
      label: "Hits",
      className: table.number,
      cell: (one) => {
        const { hits } = lookedOf(status, one.name);
        return hits > 0 && project ? (
          <Link
            to="/p/$project/traces"
            params={{ project }}
            search={{ scope: "spans", chips: hitChips(one.name) }}
            title={`The hits in ${project}`}
          >
            {count(hits)}
          </Link>
        ) : (
          count(hits)
        );
      },
    },
    {
      label: "No verdict",
      className: table.number,
      cell: (one) => count(lookedOf(status, one.name).failed),
      isBad: (one) => lookedOf(status, one.name).failed > 0,
    },
    {
      label: "Takes",
      className: table.number,
      cell: (one) => duration(lookedOf(status, one.name).meanMs),
    },
  ];
}
