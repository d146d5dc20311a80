import type { TokenType } from "../../api/costs";
import { compact, cost, costDigits, percent } from "../../format";
import table from "../../parts/table.module.css";
import classes from "./usage.module.css";

const NAMES: Record<string, string> = {
  input: "Input",
  cached: "Cached input",
  cache_write: "Cache write",
  cache_write_1h: "Cache write, 1 h",
  input_audio: "Audio in",
  input_image: "Images in",
  output: "Output",
  reasoning: "Reasoning",
  output_audio: "Audio out",
  output_image: "Images out",
  request: "Requests",
  undivided: "Not told by type",
};

/** Tokens by type, none counted in two, and which part of the cost each is. */
export function TokenTypes({ types }: { types: readonly TokenType[] }) {
  if (types.length === 0) return null;
  const digits = costDigits(types.map((type) => type.cost));
  return (
    <section aria-labelledby="token-types">
      <h2 className={classes.title} id="token-types">
        Tokens by type
      </h2>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col" className={table.number}>
              Tokens
            </th>
            <th scope="col" className={table.number}>
              Cost
            </th>
            <th scope="col" className={table.number}>
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {types.map((type) => (
            <tr key={type.type}>
              <td>{NAMES[type.type] ?? type.type}</td>
              <td className={table.number}>{compact(type.tokens)}</td>
              <td className={table.number}>{cost(type.cost, digits)}</td>
              <td className={table.number}>{percent(type.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
