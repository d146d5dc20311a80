import type { GatewayStatus } from "../../api/gateway";
import { bytes, cost, count, percent, plural } from "../../format";
import classes from "./gateway.module.css";
import { cacheHits, hitRate } from "./words";

/** What the gateway did since its process began. */
export function Figures({ status }: { status: GatewayStatus }) {
  const cache = cacheHits(status);
  const rate = hitRate(cache);
  const hits = status.guardrails.reduce((total, one) => total + one.hits, 0);
  const { semantic } = status;
  const entries = status.cache.entries + semantic.entries;
  return (
    <section aria-label="Since the server began" className={classes.totals}>
      <div className={classes.figures}>
        <Figure label="Calls recorded" value={count(status.recorded)} />
        <Figure
          label="Answered again"
          value={rate === null ? "–" : percent(rate)}
          more={semantic.hits > 0 ? `${plural(semantic.hits, "question")} by meaning` : undefined}
        />
        <Figure label="Money saved" value={cost(cache.saved)} />
        <Figure
          label="Answers kept"
          value={count(entries)}
          more={entries > 0 ? bytes(status.cache.bytes + semantic.bytes) : undefined}
        />
        <Figure label="Guardrail hits" value={count(hits)} />
      </div>
    </section>
  );
}

function Figure({ label, value, more }: { label: string; value: string; more?: string }) {
  return (
    <div>
      <span className={classes.label}>{label}</span>
      <span className={classes.figure}>{value}</span>
      {more && <span className={classes.more}>{more}</span>}
    </div>
  );
}
