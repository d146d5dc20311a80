import { Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import classes from "./form.module.css";
import { LIMITS, type Limit, type LimitDraft } from "./limits";

interface Props {
  limits: LimitDraft;
  onChange: (limits: LimitDraft) => void;
}

const [FIRST, OTHERS] = [LIMITS.slice(0, 2), LIMITS.slice(2)];

/** What a rule may take: the two limits that most need, and the others on demand. */
export function RuleLimits({ limits, onChange }: Props) {
  const one = ({ name, label }: { name: Limit; label: string }, help: string) => (
    <Field
      key={name}
      label={label}
      value={limits[name] ?? ""}
      onChange={(typed) => onChange({ ...limits, [name]: typed })}
      inputMode={name.startsWith("usd") ? "decimal" : "numeric"}
      help={help}
    />
  );
  return (
    <>
      <div className={form.pair}>
        {FIRST.map((limit, at) =>
          one(
            limit,
            at === 0 ? "Empty: no limit. Above it the rest is skipped." : "Empty: no limit.",
          ),
        )}
      </div>
      <details className={classes.more} open={OTHERS.some(({ name }) => limits[name])}>
        <summary>More limits</summary>
        <div className={classes.moreBody}>
          <div className={form.pair}>{OTHERS.map((limit) => one(limit, "Empty: no limit."))}</div>
        </div>
      </details>
    </>
  );
}
