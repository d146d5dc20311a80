import { CopyButton } from "../../parts/CopyButton";
import { askOf } from "./guards";
import type { Rule } from "./queries";
import classes from "./rules.module.css";

/** How an application asks a guard. */
export function HowToAsk({ project, rule }: { project: string; rule: Rule }) {
  const asked = askOf(new URL("api/v1/rules/check", document.baseURI).href, project, rule);
  return (
    <section className={classes.ask} aria-label="How to ask it">
      <pre>{asked}</pre>
      <CopyButton text={asked} label="Copy the command" />
    </section>
  );
}
