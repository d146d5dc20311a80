import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { Button } from "../../parts/Button";
import field from "../../parts/field.module.css";
import classes from "./editor.module.css";
import { type DraftMessage, ROLES } from "./plain";

interface Props {
  message: DraftMessage;
  number: number;
  last: boolean;
  onChange: (patch: Partial<DraftMessage>) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

/** One message of a version that is being written, or the place of some. */
export function MessageForm({ message, number, last, onChange, onMove, onRemove }: Props) {
  const isKnown = ROLES.some((role) => role === message.role);
  return (
    <fieldset className={classes.messageForm}>
      <legend className="hidden-text">Message {number}</legend>
      <div className={classes.messageFormHead}>
        <select
          className={classes.role}
          aria-label={`Role of message ${number}`}
          value={message.role}
          onChange={(event) => onChange({ role: event.currentTarget.value })}
        >
          {!isKnown && <option value={message.role}>{message.role}</option>}
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
        <Button
          small
          look="quiet"
          icon={ArrowUp}
          disabled={number === 1}
          onClick={() => onMove(-1)}
          aria-label={`Move message ${number} up`}
        />
        <Button
          small
          look="quiet"
          icon={ArrowDown}
          disabled={last}
          onClick={() => onMove(1)}
          aria-label={`Move message ${number} down`}
        />
        <Button
          small
          look="quiet"
          icon={Trash2}
          onClick={onRemove}
          aria-label={`Remove message ${number}`}
        />
      </div>
      {message.role === "placeholder" ? (
        <div className={classes.placeholderForm}>
          <input
            className={field.find}
            value={message.name}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
            placeholder="variable that brings the messages"
            aria-label={`Variable of message ${number}`}
          />
          <label>
            <input
              type="checkbox"
              checked={message.optional}
              onChange={(event) => onChange({ optional: event.currentTarget.checked })}
            />{" "}
            may be missing
          </label>
        </div>
      ) : (
        <textarea
          className={`${field.text} ${classes.messageText}`}
          data-mono={message.parts || undefined}
          rows={Math.min(16, Math.max(3, message.content.split("\n").length + 1))}
          dir="auto"
          value={message.content}
          onChange={(event) => onChange({ content: event.currentTarget.value })}
          aria-label={`Text of message ${number}`}
        />
      )}
    </fieldset>
  );
}
