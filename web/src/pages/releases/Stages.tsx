import { Check } from "lucide-react";
import type { Release } from "../../api/releases";
import { duration } from "../../format";
import classes from "./releases.module.css";
import { stageName } from "./words";

type State = "done" | "here" | "ahead" | "left";

/** The way of a challenger from nobody to everybody, and where on it it is. */
export function Stages({ release }: { release: Release }) {
  const names = [...release.stages.map((share) => stageName(share)), "Everybody"];
  const gone = release.status === "rolled_back";
  const at = release.status === "promoted" ? release.stages.length : release.stage;
  const waits = release.figures?.waits_for ?? [];
  const atWork = release.status === "running" || release.status === "paused";
  return (
    <section className={classes.stages} aria-label="Stages">
      <ol className={classes.steps}>
        {names.map((name, place) => {
          const state = stateOf(place, at, gone, release.status === "promoted");
          return (
            <li
              key={name}
              className={classes.step}
              data-state={state}
              aria-current={state === "here" ? "step" : undefined}
            >
              <span className={classes.stepDot}>
                {state === "done" ? <Check size={12} strokeWidth={2.5} aria-hidden /> : place + 1}
              </span>
              <span>{name}</span>
            </li>
          );
        })}
      </ol>
      {atWork && (
        <p className={classes.waits}>
          At this stage for {duration(Date.now() - Date.parse(release.stage_since))}
          {waits.length > 0 && `; waits for ${waits.join(", ")}`}.
          {release.automatic ? "" : " Promoted by hand only."}
        </p>
      )}
    </section>
  );
}

function stateOf(place: number, at: number, gone: boolean, promoted: boolean): State {
  if (gone) return place <= at ? "left" : "ahead";
  if (place < at || (promoted && place === at)) return "done";
  return place === at ? "here" : "ahead";
}
