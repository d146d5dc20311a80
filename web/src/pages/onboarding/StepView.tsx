import { Check, Copy } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "../../parts/Button";
import { writeClipboard } from "../../parts/CopyButton";
import { ScrollBox } from "../../parts/ScrollBox";
import { highlight } from "./highlight";
import classes from "./onboarding.module.css";
import type { Step } from "./snippets";

/** One numbered step with its code; the number turns into a check once the code was copied. */
export function StepView({ number, step }: { number: number; step: Step }) {
  const [copied, setCopied] = useState(false);
  const pieces = useMemo(() => highlight(step.code, step.language), [step]);

  async function copy() {
    await writeClipboard(step.code);
    setCopied(true);
  }

  return (
    <section className={classes.step} aria-label={`Step ${number}: ${step.title}`}>
      <span className={classes.number} data-done={copied || undefined} aria-hidden>
        {copied ? <Check size={14} strokeWidth={2} /> : number}
      </span>
      <div className={classes.stepBody}>
        <h3 className={classes.stepTitle}>{step.title}</h3>
        {step.note && <p className={classes.note}>{withCode(step.note)}</p>}
        <div className={classes.code}>
          <ScrollBox className={classes.codeBox} role="group" label="Code">
            <pre>
              <code>
                {pieces.map((piece) => (
                  <span key={piece.start} data-colour={piece.colour}>
                    {piece.text}
                  </span>
                ))}
              </code>
            </pre>
          </ScrollBox>
          <span className={classes.copy} aria-live="polite">
            {copied ? (
              <Button small look="quiet" icon={Check} onClick={copy} className={classes.copied}>
                Copied
              </Button>
            ) : (
              <Button small icon={Copy} onClick={copy}>
                Copy
              </Button>
            )}
          </span>
        </div>
      </div>
    </section>
  );
}

/** `words in backticks` as code. */
function withCode(text: string) {
  return text.split("`").map((part, n) => (n % 2 === 1 ? <code key={part}>{part}</code> : part));
}
