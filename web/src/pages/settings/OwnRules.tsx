import { Plus, Trash2 } from "lucide-react";
import { changedAt, keyOf } from "../../keyOf";
import { Button } from "../../parts/Button";
import field from "../../parts/field.module.css";
import forms from "./forms.module.css";
import type { OwnRule } from "./rules";
import classes from "./settings.module.css";

interface Props {
  rules: readonly OwnRule[];
  onChange: (rules: OwnRule[]) => void;
}

/** Patterns of one's own: name, RE2 pattern, what stands in its place. */
export function OwnRules({ rules, onChange }: Props) {
  const set = (at: number, part: Partial<OwnRule>) => onChange(changedAt(rules, at, part));
  return (
    <section className={classes.section} aria-labelledby="own-title">
      <h3 className={classes.sectionTitle} id="own-title">
        Own patterns
      </h3>
      <p className={classes.help}>
        RE2 syntax: no look-around and no back references, and so never slow. Case counts unless the
        pattern begins with <code>(?i)</code>.
      </p>
      {rules.map((rule, n) => (
        <div key={keyOf(rule)} className={forms.ruleRow}>
          <input
            className={field.input}
            aria-label={`Name of rule ${n + 1}`}
            placeholder="Name"
            value={rule.name}
            onChange={(event) => set(n, { name: event.currentTarget.value })}
          />
          <input
            className={`${field.input} mono`}
            aria-label={`Pattern of rule ${n + 1}`}
            placeholder="ORD-[0-9]{6}"
            spellCheck={false}
            value={rule.pattern}
            onChange={(event) => set(n, { pattern: event.currentTarget.value })}
          />
          <input
            className={`${field.input} mono`}
            aria-label={`Replacement of rule ${n + 1}`}
            placeholder={`[${rule.name || "name"}]`}
            spellCheck={false}
            value={rule.replacement}
            onChange={(event) => set(n, { replacement: event.currentTarget.value })}
          />
          <Button
            look="quiet"
            icon={Trash2}
            aria-label={`Remove rule ${n + 1}`}
            title="Remove"
            onClick={() => onChange(rules.filter((_, other) => other !== n))}
          />
        </div>
      ))}
      <Button
        icon={Plus}
        onClick={() => onChange([...rules, { name: "", pattern: "", replacement: "" }])}
      >
        Add a pattern
      </Button>
    </section>
  );
}
