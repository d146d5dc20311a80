import type { ArmFigures, Estimate } from "../../api/releases";
import { count } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import table from "../experiments/figures.module.css";
import classes from "./releases.module.css";
import { estimateText } from "./words";

type Unit = Parameters<typeof estimateText>[1];
interface Figure {
  label: string;
  unit: Unit;
  of: (arm: ArmFigures) => Estimate | null | undefined;
}

const FIGURES: readonly Figure[] = [
  { label: "Error rate", unit: "share", of: (arm) => arm.error_rate },
  { label: "Time, median", unit: "ms", of: (arm) => arm.latency_ms.p50 },
  { label: "Time, p95", unit: "ms", of: (arm) => arm.latency_ms.p95 },
  { label: "First token, median", unit: "ms", of: (arm) => arm.first_token_ms.p50 },
  { label: "Cost of a call", unit: "usd", of: (arm) => arm.cost_usd },
  { label: "Tokens of a call", unit: "count", of: (arm) => arm.tokens },
];

/** What calls of each arm were like, every figure with between which values it lies. */
export function ArmTable({ arms }: { arms: readonly ArmFigures[] }) {
  const scores = [...new Set(arms.flatMap((arm) => Object.keys(arm.scores)))];
  const rows: Figure[] = [
    ...FIGURES,
    ...scores.map((name) => ({
      label: name,
      unit: "score" as const,
      of: (arm: ArmFigures) => arm.scores[name],
    })),
  ].filter((figure) => arms.some((arm) => figure.of(arm)));
  return (
    <section className={classes.part} aria-labelledby="arms-title">
      <h2 id="arms-title">Arms</h2>
      <ScrollBox className={table.box} role="group" label="Figures of the arms">
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">95 % intervals</th>
              {arms.map((arm) => (
                <th key={arm.arm} scope="col">
                  {arm.arm}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Calls · users</th>
              {arms.map((arm) => (
                <td key={arm.arm}>
                  {count(arm.calls)} · {count(arm.units)}
                </td>
              ))}
            </tr>
            {rows.map((figure) => (
              <tr key={figure.label}>
                <th scope="row">{figure.label}</th>
                {arms.map((arm) => (
                  <Cell key={arm.arm} figure={figure.of(arm)} unit={figure.unit} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function Cell({ figure, unit }: { figure: Estimate | null | undefined; unit: Unit }) {
  const { value, within } = estimateText(figure, unit);
  return (
    <td>
      {value}
      {within && <span className={classes.within}>{within}</span>}
    </td>
  );
}
