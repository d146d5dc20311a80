import {
  CircleCheck,
  CirclePause,
  CirclePlay,
  CircleStop,
  CircleX,
  type LucideIcon,
  Sparkle,
} from "lucide-react";
import type { Release } from "../../api/releases";
import classes from "./releases.module.css";
import { STANDINGS, type Standing, standingOf } from "./words";

const ICONS: Record<Standing, LucideIcon> = {
  running: CirclePlay,
  paused: CirclePause,
  ready: Sparkle,
  promoted: CircleCheck,
  rolled_back: CircleX,
  stopped: CircleStop,
};

/** Where a release stands, as icon and word. */
export function ReleaseMark({ release }: { release: Release }) {
  const standing = standingOf(release);
  const Icon = ICONS[standing];
  return (
    <span className={classes.mark} data-standing={standing}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {STANDINGS[standing]}
    </span>
  );
}
