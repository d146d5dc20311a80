import { X } from "lucide-react";
import classes from "./parts.module.css";

interface Props {
  field: string;
  value: string;
  operator?: string;
  excluded?: boolean;
  brush?: boolean;
  onEdit?: () => void;
  onRemove?: () => void;
}

/** One condition: click edits it, × takes it away. */
export function Chip({ field, value, operator, excluded, brush, onEdit, onRemove }: Props) {
  const text = (
    <>
      <span className={classes.chipField}>{field}</span>
      {excluded && <span className={classes.chipNot}>not</span>}
      {operator && <span className={classes.chipField}>{operator}</span>}
      <span className={`${classes.chipValue} ellipsis`}>{value}</span>
    </>
  );
  const said = `${field} ${excluded ? "not " : ""}${operator ? `${operator} ` : ""}${value}`;
  return (
    <span className={classes.chip} data-brush={brush || undefined}>
      {onEdit ? (
        <button type="button" className={classes.chipText} onClick={onEdit} title={`Edit ${said}`}>
          {text}
        </button>
      ) : (
        <span className={classes.chipText}>{text}</span>
      )}
      {onRemove && (
        <button
          type="button"
          className={classes.chipRemove}
          onClick={onRemove}
          aria-label={`Remove ${said}`}
        >
          <X size={13} strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </span>
  );
}
