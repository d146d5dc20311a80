import type { ReactNode } from "react";
import { ago, exactTime } from "../format";
import classes from "./version.module.css";

interface Props {
  version: number;
  createdAt: string;
  chosen: boolean;
  onChoose: () => void;
  /** After the number: labels, who made it. */
  children?: ReactNode;
  /** A second line. */
  note?: ReactNode;
}

/** One version in the list of them. */
export function VersionButton({ version, createdAt, chosen, onChoose, children, note }: Props) {
  return (
    <button
      type="button"
      className={classes.version}
      aria-current={chosen ? "true" : undefined}
      onClick={onChoose}
    >
      <span className={classes.line}>
        <b>{version}</b>
        {children}
        <span className={classes.when} title={exactTime(createdAt)}>
          {ago(createdAt)}
        </span>
      </span>
      {note && (
        <span className={`${classes.note} ellipsis`} dir="auto">
          {note}
        </span>
      )}
    </button>
  );
}
