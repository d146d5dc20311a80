import { CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from "lucide-react";
import type { Verdict } from "../../api/types";
import classes from "./system.module.css";

const LOOKS: Record<Verdict["status"], { word: string; icon: LucideIcon }> = {
  ok: { word: "Well", icon: CircleCheck },
  warn: { word: "Needs a look", icon: TriangleAlert },
  bad: { word: "Broken", icon: CircleAlert },
};
const ORDER: readonly Verdict["status"][] = ["bad", "warn", "ok"];

/** What each check says, the worst first, and what to do about it. */
export function Verdicts({ verdicts }: { verdicts: readonly Verdict[] }) {
  const sorted = verdicts.toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  return (
    <ul className={classes.verdicts} aria-label="Checks">
      {sorted.map(({ check, status, message, hint }) => {
        const { word, icon: Icon } = LOOKS[status];
        return (
          <li key={check} className={classes.verdict} data-status={status}>
            <span className={classes.status}>
              <Icon size={14} strokeWidth={1.75} aria-hidden /> {word}
            </span>
            <span>
              {message}
              {hint && <span className={classes.hint}> {hint}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
