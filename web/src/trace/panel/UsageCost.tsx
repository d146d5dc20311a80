import { Link } from "@tanstack/react-router";
import { cost, count, day, UNKNOWN } from "../../format";
import type { Span } from "../model";
import { arithmetic } from "../usage";
import classes from "./panel.module.css";
import own from "./usage.module.css";

/** Tokens × price = money, with the source of the price. */
export function UsageCost({ span }: { span: Span }) {
  const sum = arithmetic(span);
  if (!sum || (sum.rows.length === 0 && sum.tokens === null && sum.cost === null)) return null;
  const isPriced = sum.rows.some((row) => row.cost !== null) || sum.cost !== null;
  return (
    <section className={classes.section}>
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Usage and cost</h3>
        {sum.tokens !== null && (
          <span className={`${classes.sectionNote} ${classes.atEnd}`}>
            {count(sum.tokens)} tokens
          </span>
        )}
      </div>
      <div className={own.usageBar} aria-hidden>
        {sum.rows.map((row) => (
          <i key={row.type} style={{ flexGrow: row.tokens ?? 0, background: row.colour }} />
        ))}
      </div>
      <table className={own.usage}>
        <tbody>
          {sum.rows.map((row) => (
            <tr key={row.type}>
              <th scope="row">
                <i style={{ background: row.colour }} aria-hidden />
                {row.label}
              </th>
              <td>{count(row.tokens)}</td>
              <td className={classes.quiet}>
                {row.perMillion === null ? "" : `× ${price(row.perMillion)} / M`}
              </td>
              <td>{row.cost === null ? (isPriced ? UNKNOWN : "") : cost(row.cost, 6)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Sum</th>
            <td>{count(sum.tokens)}</td>
            <td />
            <td>{sum.cost === null ? UNKNOWN : cost(sum.cost, 6)}</td>
          </tr>
        </tfoot>
      </table>
      <p className={own.source}>
        {sourceOf(span)}
        {span.cost?.source !== "client" && (
          <>
            {" · "}
            <Link
              to="/settings/$"
              params={{ _splat: "prices" }}
              search={{ model: span.model ?? undefined }}
            >
              {span.cost ? "change price" : "set a price"}
            </Link>
          </>
        )}
      </p>
    </section>
  );
}

function price(perMillion: number): string {
  return perMillion >= 0.1 ? `$${perMillion.toFixed(2)}` : `$${perMillion.toPrecision(2)}`;
}

function sourceOf(span: Span): string {
  const { cost: money, model, provider } = span;
  if (!money) return `No price is known for ${model ?? "this model"}`;
  const since = money.price_date ? ` since ${day(money.price_date)}` : "";
  if (money.source === "client") return "Cost sent by the application";
  if (money.source === "project") return `Price of this project${since}`;
  const name = provider ? `${provider.charAt(0).toUpperCase()}${provider.slice(1)} list` : "List";
  return `${name} price${since}`;
}
