import { expect, test } from "vitest";
import { newWindow, scheduleOf, scheduleText, windowProblem } from "./windows";

const weekly = {
  ...newWindow("Europe/Zurich"),
  name: "Import",
  kind: "weekly" as const,
  days: ["wed", "mon"] as const,
  minutes: "90",
};

test("a weekly time is sent with its days in order, and said in words", () => {
  expect(windowProblem(weekly)).toBeNull();
  expect(scheduleText(scheduleOf(weekly))).toBe("Mon, Wed at 02:00 for 1 h 30 m (Europe/Zurich)");
});

test.each([
  [{ days: [] }, "Choose a day of the week."],
  [{ minutes: "0" }, "Its minutes are a whole number above 0."],
  [{ kind: "once" as const }, "Say when it begins and ends."],
  [
    { kind: "once" as const, from: "2026-11-22T12:00", to: "2026-11-22T11:00" },
    "It ends before it begins.",
  ],
])("a time with %o says %s", (fields, problem) => {
  expect(windowProblem({ ...weekly, ...fields })).toBe(problem);
});
