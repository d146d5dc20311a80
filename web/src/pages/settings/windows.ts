/** Times of maintenance as they are typed, and in words. */
import type { Schedule } from "../../api/alerts";
import { duration, span } from "../../format";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export const DAY_NAMES: Record<Day, string> = {
  mon: "Mon",
  tue: "Tue",
  wed: "Wed",
  thu: "Thu",
  fri: "Fri",
  sat: "Sat",
  sun: "Sun",
};

export interface WindowDraft {
  name: string;
  kind: Schedule["kind"];
  /** By the clock of this computer, as the browser's own field has it. */
  from: string;
  to: string;
  days: readonly Day[];
  start: string;
  minutes: string;
  timezone: string;
}

export function newWindow(timezone: string): WindowDraft {
  return {
    name: "",
    kind: "once",
    from: "",
    to: "",
    days: [],
    start: "02:00",
    minutes: "60",
    timezone,
  };
}

/** What the server is told; call it only where `windowProblem` finds nothing. */
export function scheduleOf(draft: WindowDraft): Schedule {
  if (draft.kind === "once")
    return {
      kind: "once",
      from: new Date(draft.from).toISOString(),
      to: new Date(draft.to).toISOString(),
    };
  return {
    kind: "weekly",
    days: DAYS.filter((one) => draft.days.includes(one)),
    start: draft.start,
    minutes: Number(draft.minutes),
    timezone: draft.timezone.trim(),
  };
}

/** The first thing that keeps a time from being kept. */
export function windowProblem(draft: WindowDraft): string | null {
  if (!draft.name.trim()) return "Give it a name.";
  if (draft.kind === "once") {
    const [from, to] = [Date.parse(draft.from), Date.parse(draft.to)];
    if (Number.isNaN(from) || Number.isNaN(to)) return "Say when it begins and ends.";
    return from < to ? null : "It ends before it begins.";
  }
  if (draft.days.length === 0) return "Choose a day of the week.";
  if (!draft.start) return "Say when it begins.";
  return /^[1-9]\d*$/.test(draft.minutes.trim()) ? null : "Its minutes are a whole number above 0.";
}

/** "Mon, Wed at 02:00 for 1 h 30 m (Europe/Zurich)" */
export function scheduleText(schedule: Schedule): string {
  if (schedule.kind === "once") return span(schedule.from, schedule.to);
  const days = schedule.days.map((one) => DAY_NAMES[one]).join(", ");
  const lasts = duration(schedule.minutes * 60_000);
  return `${days} at ${schedule.start.slice(0, 5)} for ${lasts} (${schedule.timezone})`;
}
