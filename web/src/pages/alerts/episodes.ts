/** The history of a rule as people tell it: one entry an episode, with all that happened in it. */
import type { AlertEvent, Condition } from "../../api/alerts";

export interface Episode {
  id: string;
  group: string | null;
  openedAt: string;
  /** Null while it is open. */
  endedAt: string | null;
  /** The worst that it reached. */
  level: "warn" | "alert";
  /** The worst value that was told. */
  peak: number | null;
  figure: number | null;
  /** The newest first. */
  events: AlertEvent[];
}

const ENDS: readonly AlertEvent["kind"][] = ["recovered", "lost", "ended"];

/** Episodes and, between them, that the rule could not be looked at; the newest first. */
export function episodesOf(
  events: readonly AlertEvent[],
  condition: Condition,
): (Episode | AlertEvent)[] {
  const found = new Map<string, Episode | AlertEvent>();
  for (const event of events) {
    const known = event.episode_id === null ? undefined : found.get(event.episode_id);
    if (known && "events" in known) known.events.push(event);
    else if (event.episode_id !== null && event.opened_at !== null)
      found.set(event.episode_id, {
        id: event.episode_id,
        group: event.group,
        openedAt: event.opened_at,
        endedAt: ENDS.includes(event.kind) ? event.at : null,
        level: "warn",
        peak: null,
        figure: null,
        events: [event],
      });
    else found.set(event.id, event);
  }
  return [...found.values()].map((one) => ("events" in one ? judged(one, condition) : one));
}

function judged(episode: Episode, condition: Condition): Episode {
  const { events } = episode;
  const levels = events.flatMap(({ level, before }) => [level, before]);
  const known = events.filter((one) => one.figure !== null);
  const worse = (a: AlertEvent, b: AlertEvent) =>
    rises(condition) ? Number(b.figure) - Number(a.figure) : Number(a.figure) - Number(b.figure);
  const worst = known.sort(worse)[0];
  return {
    ...episode,
    level: levels.includes("alert") ? "alert" : "warn",
    peak: worst?.value ?? null,
    figure: worst?.figure ?? null,
  };
}

/** Whether the larger figure is the worse one. */
function rises({ kind, unit, direction }: Condition): boolean {
  const asItIs = kind === "threshold" || (kind === "change" && unit === "ratio");
  return !(asItIs && direction === "below");
}

/** "raised to alert", "could not be looked at" */
export function eventText({ kind, level }: Pick<AlertEvent, "kind" | "level">): string {
  if (kind === "raised") return level === "alert" ? "Alert" : "Warning";
  return EVENTS[kind];
}

const EVENTS: Record<Exclude<AlertEvent["kind"], "raised">, string> = {
  lowered: "Down to a warning",
  recovered: "Recovered",
  reminded: "Still so",
  lost: "No data for a day",
  ended: "Ended by a change of the rule",
  error: "Cannot look",
  mended: "Can look again",
};

export const SILENCES: Record<AlertEvent["silence"], string> = {
  "": "",
  muted: "nobody told: muted",
  maintenance: "nobody told: maintenance",
  told: "told before in this episode",
};
