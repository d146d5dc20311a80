import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { plural } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import { type JsonLine, jsonLines } from "../json";
import { isBlobRef } from "../model";
import { Blob } from "./Blob";
import classes from "./value.module.css";

const ROW = 18;
/** More lines than this are drawn only where they are in view. */
const MANY = 300;

/** JSON with branches that fold; drawn in pieces when it is long. */
export function JsonView({ value, fill }: { value: unknown; fill?: boolean }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => jsonLines(value, toggled), [value, toggled]);

  function toggle(path: string) {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  }

  if (lines.length > MANY || fill)
    return <VirtualLines lines={lines} toggle={toggle} fill={fill} />;
  return (
    <div className={classes.json}>
      {lines.map((line, at) => (
        <Line key={`${line.path}${line.type}`} line={line} toggle={toggle} first={at === 0} />
      ))}
    </div>
  );
}

interface LinesProps {
  lines: JsonLine[];
  toggle: (path: string) => void;
  fill?: boolean;
}

function VirtualLines({ lines, toggle, fill }: LinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  return (
    <ScrollBox
      ref={box}
      className={classes.jsonBox}
      data-fill={fill || undefined}
      role="group"
      label="JSON"
    >
      <div style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            ref={rows.measureElement}
            data-index={row.index}
            className={classes.virtual}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            <Line line={lines[row.index] as JsonLine} toggle={toggle} first={row.index === 0} />
          </div>
        ))}
      </div>
    </ScrollBox>
  );
}

interface LineProps {
  line: JsonLine;
  toggle: (path: string) => void;
  first: boolean;
}

function Line({ line, toggle, first }: LineProps) {
  const foldable = line.type === "open" && line.size > 0 && !first;
  return (
    <div className={classes.line} style={{ paddingInlineStart: 14 + line.depth * 14 }}>
      {foldable && (
        <button
          type="button"
          className={classes.fold}
          onClick={() => toggle(line.path)}
          aria-expanded={!line.folded}
          aria-label={line.key ?? "entry"}
        >
          {line.folded ? (
            <ChevronRight size={12} aria-hidden />
          ) : (
            <ChevronDown size={12} aria-hidden />
          )}
        </button>
      )}
      {line.key !== null && (
        <>
          <span className={classes.key}>{line.key}</span>
          <span className={classes.mark}>: </span>
        </>
      )}
      {line.type === "value" ? (
        <Scalar value={line.value} />
      ) : (
        <span className={classes.mark}>{line.bracket}</span>
      )}
      {line.folded && (
        <span className={classes.mark}>
          {" "}
          … {plural(line.size, "entry", "entries")} {line.bracket === "[" ? "]" : "}"}
        </span>
      )}
      {!line.last && (line.type !== "open" || line.folded || line.size === 0) && (
        <span className={classes.mark}>,</span>
      )}
    </div>
  );
}

/** Longer strings are folded within the JSON. */
const LONG = 1200;

function Scalar({ value }: { value: unknown }) {
  const [open, setOpen] = useState(false);
  if (isBlobRef(value)) return <Blob blob={value} />;
  if (typeof value !== "string")
    return <span className={classes.number}>{JSON.stringify(value)}</span>;
  const cut = value.length > LONG && !open;
  return (
    <span className={classes.string} dir="auto">
      {JSON.stringify(cut ? value.slice(0, LONG) : value)}
      {cut && (
        <button type="button" className={classes.more} onClick={() => setOpen(true)}>
          show all {plural(value.length, "character")}
        </button>
      )}
    </span>
  );
}
