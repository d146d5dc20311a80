import { Check, ChevronDown, ChevronRight, CircleX, LoaderCircle } from "lucide-react";
import { useState } from "react";
import { ScrollBox } from "../parts/ScrollBox";
import classes from "./steps.module.css";
import type { Step } from "./types";
import { briefly, seconds } from "./words";

/** What was done for an answer: open while it is done, folded when the answer is there. */
export function Steps({ steps, live }: { steps: Step[]; live?: boolean }) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  if (steps.length === 0) return null;
  const open = chosen ?? Boolean(live);
  const Fold = open ? ChevronDown : ChevronRight;
  const failed = steps.filter((step) => step.status === "error").length;
  const spent = steps.reduce((sum, step) => sum + (step.ms ?? 0), 0);
  return (
    <div className={classes.steps}>
      <button
        type="button"
        className={classes.head}
        aria-expanded={open}
        onClick={() => setChosen(!open)}
      >
        <Fold size={14} strokeWidth={1.75} aria-hidden />
        <span className={classes.count}>
          {steps.length} {steps.length === 1 ? "step" : "steps"}
        </span>
        <span className={classes.time}>{seconds(spent)}</span>
        {failed > 0 && <span className={classes.failed}>{failed} failed</span>}
      </button>
      {open && (
        <ul className={classes.list}>
          {steps.map((step) => (
            <StepLine key={step.id} step={step} />
          ))}
        </ul>
      )}
    </div>
  );
}

const ICONS = { running: LoaderCircle, done: Check, error: CircleX };
const SAID = { running: "At work: ", done: "Done: ", error: "Failed: " };

function StepLine({ step }: { step: Step }) {
  const [open, setOpen] = useState(false);
  const Icon = ICONS[step.status];
  return (
    <li>
      <button
        type="button"
        className={classes.step}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon
          size={14}
          strokeWidth={1.75}
          aria-hidden
          className={classes.icon}
          data-status={step.status}
        />
        <span className="hidden-text">{SAID[step.status]}</span>
        <span className={classes.name}>
          {step.name} <b>{briefly(step.input)}</b>
        </span>
        <span className={classes.time}>{step.ms === undefined ? "" : seconds(step.ms)}</span>
      </button>
      {open && (
        <dl className={classes.more}>
          <Part name="Input" text={step.input} />
          <Part name="Output" text={step.output} />
          <Part name="Error" text={step.error} />
          {!step.input && !step.output && !step.error && (
            <dd className={classes.nothing}>Nothing more is told of it.</dd>
          )}
        </dl>
      )}
    </li>
  );
}

function Part({ name, text }: { name: string; text: string | undefined }) {
  if (!text) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <ScrollBox className={classes.text} label={name} role="group">
          {text}
        </ScrollBox>
      </dd>
    </div>
  );
}
