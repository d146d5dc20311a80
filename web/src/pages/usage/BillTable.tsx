import { useState } from "react";
import type { Reconciled, Reconciliation } from "../../api/costs";
import { cost, costDigits, count, percent } from "../../format";
import { Tick } from "../../parts/Tick";
import table from "../../parts/table.module.css";
import classes from "./usage.module.css";

/** What a bill and the recorded calls say of each model and day, and why they differ. */
export function BillTable({ found }: { found: Reconciliation }) {
  const [every, setEvery] = useState(false);
  const rows = found.rows.filter((row) => every || !row.agrees);
  const digits = costDigits(found.rows.flatMap((row) => [row.cost.theirs, row.cost.ours]));
  return (
    <section aria-label="Comparison">
      <p className={classes.verdict} aria-live="polite">
        {found.total.sentence}
      </p>
      {found.total.agreeing_rows > 0 && (
        <div className={classes.bar}>
          <Tick label="Rows that agree, too" checked={every} onChange={setEvery} />
        </div>
      )}
      {rows.length > 0 && (
        <table className={`${table.table} ${classes.bill}`}>
          <thead>
            <tr>
              <th scope="col">Day and model</th>
              <th scope="col" className={table.number}>
                Theirs
              </th>
              <th scope="col" className={`${table.number} ${table.ends}`}>
                Ours
              </th>
              <th scope="col" className={`${table.number} ${table.wideOnly}`}>
                Difference
              </th>
              <th scope="col" className={`${table.number} ${table.wideOnly}`}>
                Tokens
              </th>
              <th scope="col" className={`${classes.why} ${table.wideOnly}`}>
                Why
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <BillRow key={`${row.day} ${row.model}`} row={row} digits={digits} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function BillRow({ row, digits }: { row: Reconciled; digits: number }) {
  const { input, cached, cache_write, output } = row.tokens;
  const told = [input, cached, cache_write, output].map(
    ({ theirs, ours }, n) =>
      `${["input", "cached", "cache write", "output"][n]}: ${count(theirs)} theirs, ${count(ours)} ours`,
  );
  const tokens = sumOf(input.difference, output.difference);
  return (
    <tr>
      <td>
        {row.day} <b className={classes.model}>{row.model}</b>
        {row.recorded_as && <span className={table.rowNote}>here {row.recorded_as}</span>}
        <p className={classes.phoneWhy}>{row.sentence}</p>
      </td>
      <td className={table.number}>{cost(row.cost.theirs, digits)}</td>
      <td className={`${table.number} ${table.ends}`}>{cost(row.cost.ours, digits)}</td>
      <td className={`${table.number} ${table.wideOnly}`}>
        {cost(row.cost.difference, digits)}
        {row.cost.part !== null && <span className={classes.part}>{percent(row.cost.part)}</span>}
      </td>
      <td className={`${table.number} ${table.wideOnly}`} title={told.join("\n")}>
        {tokens !== null && tokens > 0 && "+"}
        {count(tokens)}
      </td>
      <td className={`${classes.why} ${table.wideOnly}`}>{row.sentence}</td>
    </tr>
  );
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}
