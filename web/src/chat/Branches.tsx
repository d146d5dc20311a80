import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "../parts/Button";
import classes from "./question.module.css";
import type { Message } from "./types";

/** Goes between a message and those that stand beside it. */
export function Branches({
  message,
  onBranch,
}: {
  message: Message;
  onBranch?: (seq: number) => void;
}) {
  const { beside, seq } = message;
  if (beside.length < 2) return null;
  const at = beside.indexOf(seq);
  const to = (step: number) => {
    const other = beside[at + step];
    return other === undefined || !onBranch ? undefined : () => onBranch(other);
  };
  return (
    <span className={classes.branches} role="group" aria-label="Versions">
      <Button
        look="quiet"
        small
        icon={ChevronLeft}
        aria-label="Version before"
        disabled={!to(-1)}
        onClick={to(-1)}
      />
      <span className="num">
        {at + 1}/{beside.length}
      </span>
      <Button
        look="quiet"
        small
        icon={ChevronRight}
        aria-label="Version after"
        disabled={!to(1)}
        onClick={to(1)}
      />
    </span>
  );
}
