import { useMemo } from "react";
import { parsed } from "../json";
import { isBlobRef } from "../model";
import { Blob } from "./Blob";
import { JsonView } from "./JsonView";
import { LongText } from "./LongText";
import classes from "./value.module.css";

/** Any input or output: text as Markdown, JSON as JSON, what lies apart when asked for. */
export function Value({ value, raw }: { value: unknown; raw?: boolean }) {
  const read = useMemo(() => (raw ? value : parsed(value)), [value, raw]);
  if (read === null || read === undefined || read === "")
    return <span className={classes.none}>–</span>;
  if (isBlobRef(read)) return <Blob blob={read} />;
  if (typeof read === "string") return <LongText text={read} markdown={!raw} />;
  return (
    <div className={classes.well}>
      <JsonView value={read} />
    </div>
  );
}
