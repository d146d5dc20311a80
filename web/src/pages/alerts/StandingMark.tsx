import {
  BellOff,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Hourglass,
  type LucideIcon,
  TriangleAlert,
} from "lucide-react";
import type { Alert } from "../../api/alerts";
import { time } from "../../format";
import classes from "./alerts.module.css";
import { NAMES, type Standing, silenceOf, standingOf } from "./standing";

const ICONS: Record<Standing, LucideIcon> = {
  alert: CircleAlert,
  warn: TriangleAlert,
  error: CircleX,
  nodata: CircleDashed,
  waiting: Hourglass,
  ok: CircleCheck,
  off: CirclePause,
};

/** Where a rule stands, as icon and word, and whether anybody is told. */
export function StandingMark({ rule }: { rule: Alert }) {
  const silence = silenceOf(rule, Date.now());
  return (
    <span className={classes.marks}>
      <LevelMark standing={standingOf(rule)} />
      {silence && (
        <span
          className={classes.mark}
          title={
            silence === "muted"
              ? `Muted until ${time(rule.muted_until, false)}`
              : "The project is in maintenance: nobody is told"
          }
        >
          <BellOff size={14} strokeWidth={1.75} aria-hidden />
          {silence === "muted" ? "muted" : "maintenance"}
        </span>
      )}
    </span>
  );
}

/** A level or a state as icon and word. */
export function LevelMark({ standing }: { standing: Standing }) {
  const Icon = ICONS[standing];
  return (
    <span className={classes.mark} data-standing={standing}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {NAMES[standing]}
    </span>
  );
}
