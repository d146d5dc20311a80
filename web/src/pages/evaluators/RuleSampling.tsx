import { Plus, X } from "lucide-react";
import { changedAt, keyOf } from "../../keyOf";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import form from "../../parts/form.module.css";
import classes from "./form.module.css";
import { PARTS, type SamplingDraft, type StratumDraft } from "./sampling";

interface Props {
  sampling: SamplingDraft;
  onChange: (patch: Partial<SamplingDraft>) => void;
}

/** Parts with a share of their own, and how else the sample is drawn. */
export function RuleSampling({ sampling, onChange }: Props) {
  const { strata } = sampling;
  const add = (filter: string) => onChange({ strata: [...strata, { filter, rate: "100" }] });
  const unused = PARTS.filter((part) => !strata.some((one) => one.filter === part.filter));
  return (
    <>
      <fieldset className={classes.group}>
        <legend className={field.label}>Parts with a share of their own</legend>
        {strata.map((one, at) => (
          <Stratum
            key={keyOf(one)}
            of={one}
            onChange={(patch) => onChange({ strata: changedAt(strata, at, patch) })}
            onRemove={() => onChange({ strata: strata.filter((_, n) => n !== at) })}
          />
        ))}
        <div className={classes.parts}>
          {unused.map((part) => (
            <Button key={part.label} small icon={Plus} onClick={() => add(part.filter)}>
              All {part.label}
            </Button>
          ))}
          <Button small icon={Plus} onClick={() => add("")}>
            Another part
          </Button>
        </div>
        <p className={field.below}>
          The first whose filter holds says the share. Means weigh each score by it, so that they
          stay those of everything.
        </p>
      </fieldset>
      <div className={form.pair}>
        <Field
          label="All with a new prompt, for so many hours"
          value={sampling.newPrompts}
          onChange={(newPrompts) => onChange({ newPrompts })}
          inputMode="decimal"
          help="Empty: a new version of a prompt is drawn like the rest."
        />
        <Field
          label="Drawn of each hour, at most"
          value={sampling.perHour}
          onChange={(perHour) => onChange({ perHour })}
          inputMode="numeric"
          help="Empty: no limit. With one, an hour is scored when it is over; parts come on top."
        />
      </div>
      <label className={classes.tick}>
        <input
          type="checkbox"
          checked={sampling.dense}
          onChange={(event) => onChange({ dense: event.currentTarget.checked })}
        />
        <span>
          Draw what other rules draw: of two that do, the one with the smaller share scores some of
          the same
        </span>
      </label>
    </>
  );
}

interface StratumProps {
  of: StratumDraft;
  onChange: (patch: Partial<StratumDraft>) => void;
  onRemove: () => void;
}

function Stratum({ of, onChange, onRemove }: StratumProps) {
  return (
    <div className={classes.stratum}>
      <input
        className={field.input}
        data-mono
        aria-label="Filter of the part"
        value={of.filter}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange({ filter: event.currentTarget.value })}
      />
      <input
        className={`${field.input} num`}
        aria-label="Share of the part, in per cent"
        inputMode="decimal"
        value={of.rate}
        onChange={(event) => onChange({ rate: event.currentTarget.value })}
      />
      <span>%</span>
      <Button small look="quiet" icon={X} aria-label="Remove the part" onClick={onRemove} />
    </div>
  );
}
