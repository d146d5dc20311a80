import { Popover } from "@mantine/core";
import { CalendarDays, ChevronDown, ChevronLeft } from "lucide-react";
import { useState } from "react";
import {
  boundsOf,
  closedBounds,
  periodBefore,
  type TimeRange as Range,
  RELATIVE,
  rangeName,
  shortName,
  typedRange,
} from "../timeRange";
import { Button } from "./Button";
import classes from "./TimeRange.module.css";

interface Props {
  range: Range;
  onChange: (range: Range) => void;
}

/** The time range of the page: relative, absolute, and a step back or forth. */
export function TimeRange({ range, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const before = periodBefore(range);

  function choose(next: Range) {
    setOpen(false);
    onChange(next);
  }

  return (
    <span className={classes.whole}>
      {before && (
        <Button
          look="quiet"
          icon={ChevronLeft}
          className={classes.step}
          aria-label="Earlier"
          title="The period before"
          onClick={() => choose({ kind: "absolute", ...before })}
        />
      )}
      <Popover
        opened={open}
        onChange={setOpen}
        position="bottom-end"
        offset={4}
        trapFocus
        returnFocus
      >
        <Popover.Target>
          <Button
            icon={CalendarDays}
            after={
              <ChevronDown size={13} strokeWidth={1.75} aria-hidden className={classes.chevron} />
            }
            onClick={() => setOpen(!open)}
            className={classes.button}
          >
            <span className="hidden-text">Time range: </span>
            <span className={`${classes.long} num`}>{rangeName(range)}</span>
            <span className={`${classes.short} num`}>{shortName(range)}</span>
          </Button>
        </Popover.Target>
        <Popover.Dropdown p={0} className={classes.dropdown}>
          <Choices range={range} onChoose={choose} />
        </Popover.Dropdown>
      </Popover>
    </span>
  );
}

function after(range: Extract<Range, { kind: "absolute" }>): Range {
  const length = Date.parse(range.to) - Date.parse(range.from);
  return {
    kind: "absolute",
    from: range.to,
    to: new Date(Date.parse(range.to) + length).toISOString(),
  };
}

function Choices({ range, onChoose }: { range: Range; onChoose: (range: Range) => void }) {
  const bounds = closedBounds(range);
  const [from, setFrom] = useState(
    local(bounds.from ?? boundsOf({ kind: "relative", span: "24h" }).from),
  );
  const [to, setTo] = useState(local(bounds.to));
  const [typed, setTyped] = useState("");
  const meant = typedRange(typed);
  const valid = from !== "" && to !== "" && from < to;

  return (
    <div className={classes.columns}>
      <ul className={classes.list}>
        {range.kind === "absolute" && (
          <li>
            <button type="button" className={classes.choice} onClick={() => onChoose(after(range))}>
              The period after
            </button>
          </li>
        )}
        {RELATIVE.map((one) => (
          <li key={one}>
            <button
              type="button"
              className={classes.choice}
              data-chosen={(range.kind === "relative" && range.span === one) || undefined}
              onClick={() => onChoose({ kind: "relative", span: one })}
            >
              {rangeName({ kind: "relative", span: one })}
            </button>
          </li>
        ))}
      </ul>
      <form
        className={classes.absolute}
        onSubmit={(event) => {
          event.preventDefault();
          if (meant) onChoose(meant);
          else if (valid)
            onChoose({
              kind: "absolute",
              from: new Date(from).toISOString(),
              to: new Date(to).toISOString(),
            });
        }}
      >
        <label className={classes.label}>
          Last
          <input
            className={classes.field}
            value={typed}
            placeholder="90m, 12h, 3d"
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label className={classes.label}>
          From
          <input
            className={classes.field}
            type="datetime-local"
            step={1}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
        </label>
        <label className={classes.label}>
          To
          <input
            className={classes.field}
            type="datetime-local"
            step={1}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
        </label>
        <p className={classes.zone}>{Intl.DateTimeFormat().resolvedOptions().timeZone}</p>
        <Button type="submit" disabled={!meant && !valid}>
          Apply
        </Button>
      </form>
    </div>
  );
}

/** The value of a `datetime-local` field in the zone of the browser. */
function local(iso: string | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}
