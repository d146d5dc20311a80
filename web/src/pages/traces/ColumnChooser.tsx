import { Popover } from "@mantine/core";
import { ChevronDown, ChevronUp, Columns3, GripVertical, Pin } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/Button";
import classes from "./ColumnChooser.module.css";
import { columnOf } from "./columns";
import { reordered } from "./layout";
import type { Scope } from "./state";
import table from "./Table.module.css";

interface Props {
  scope: Scope;
  /** Ids that are shown, in order. */
  shown: readonly string[];
  pinned: readonly string[];
  /** All that can be shown. */
  possible: readonly string[];
  onChange: (shown: string[] | null, pinned?: string[]) => void;
}

/** Which columns there are, in which order, and which stay when scrolling sideways. */
export function ColumnChooser(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      offset={4}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button icon={Columns3} onClick={() => setOpen(!open)}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0} className={classes.dropdown}>
        <Chooser {...props} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Chooser({ scope, shown, pinned, possible, onChange }: Props) {
  const [wanted, setWanted] = useState("");
  const [dragged, setDragged] = useState<string | null>(null);
  const label = (id: string) => {
    const column = columnOf(id, scope, true);
    return id.startsWith("metadata.") ? id : (column?.label ?? id);
  };
  const matching = (id: string) => label(id).toLowerCase().includes(wanted.toLowerCase());
  const others = possible.filter((id) => !shown.includes(id) && matching(id));
  const typedPath = /^metadata\.[\w.-]+$/.test(wanted) && !possible.includes(wanted);

  function toggle(id: string) {
    onChange(shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id]);
  }

  function pin(id: string) {
    const next = pinned.includes(id) ? pinned.filter((one) => one !== id) : [...pinned, id];
    onChange([...shown], next);
  }

  function move(id: string, by: number) {
    const target = shown[shown.indexOf(id) + by];
    if (target) onChange(reordered(shown, id, target));
  }

  return (
    <div className={classes.chooser}>
      <input
        className={classes.search}
        placeholder="Find a column, or type metadata.path"
        aria-label="Find a column"
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <div className={classes.list}>
        <ul aria-label="Columns in their order">
          {shown.filter(matching).map((id) => (
            <li
              key={id}
              className={classes.entry}
              draggable
              data-dragged={dragged === id || undefined}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", id);
                setDragged(id);
              }}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={() => dragged && onChange(reordered(shown, dragged, id))}
            >
              <GripVertical size={13} strokeWidth={1.75} aria-hidden className={classes.grip} />
              <Tick id={id} label={label(id)} checked onToggle={toggle} />
              <Button
                look="quiet"
                small
                icon={ChevronUp}
                aria-label={`Move ${label(id)} to the left`}
                onClick={() => move(id, -1)}
              />
              <Button
                look="quiet"
                small
                icon={ChevronDown}
                aria-label={`Move ${label(id)} to the right`}
                onClick={() => move(id, 1)}
              />
              <Button
                look="quiet"
                small
                icon={Pin}
                aria-pressed={pinned.includes(id)}
                aria-label={`Pin ${label(id)}`}
                onClick={() => pin(id)}
              />
            </li>
          ))}
        </ul>
        {others.length > 0 && <div className={classes.rule} />}
        {others.map((id) => (
          <div key={id} className={classes.entry}>
            <span className={classes.noGrip} />
            <Tick id={id} label={label(id)} checked={false} onToggle={toggle} />
          </div>
        ))}
        {typedPath && (
          <div className={classes.entry}>
            <span className={classes.noGrip} />
            <Tick id={wanted} label={wanted} checked={shown.includes(wanted)} onToggle={toggle} />
          </div>
        )}
      </div>
      <div className={classes.foot}>
        <Button look="quiet" small onClick={() => onChange(null, [])}>
          Back to the usual columns
        </Button>
      </div>
    </div>
  );
}

interface TickProps {
  id: string;
  label: string;
  checked: boolean;
  onToggle: (id: string) => void;
}

function Tick({ id, label, checked, onToggle }: TickProps) {
  return (
    <label className={classes.tick}>
      <input
        type="checkbox"
        className={table.tick}
        checked={checked}
        onChange={() => onToggle(id)}
      />
      <span className="ellipsis">{label}</span>
    </label>
  );
}
