import { ArrowDown, ArrowUp, Copy, type LucideIcon, Maximize2, Pencil, Trash2 } from "lucide-react";
import { AlertEntry, ChartEntry, PictureEntry } from "../ChartEntries";
import type { Asked } from "../questions";
import type { Panel } from "./model";
import { alertOnPanel } from "./panelLinks";
import type { Editing } from "./useEditing";

interface Props {
  panel: Panel;
  edit: Editing;
  /** What the panel is asked within. */
  asked: Asked | null;
  onLarge: () => void;
}

/** What can be done with one panel; on a phone it is moved by this alone. */
export function PanelMenu({ panel, edit, asked, onLarge }: Props) {
  const entry = (words: string, icon: LucideIcon, run: () => void) => (
    <ChartEntry icon={icon} words={words} run={run} />
  );
  const alert = asked && alertOnPanel(panel, asked);
  const change = entry("Edit panel", Pencil, () => edit.open(panel));
  if (!edit.editing)
    return (
      <>
        {entry("Show it alone", Maximize2, onLarge)}
        {change}
        {alert && <AlertEntry {...alert} />}
        <PictureEntry selector={`[data-panel="${panel.id}"]`} name={panel.title || panel.id} />
      </>
    );
  return (
    <>
      {change}
      {entry("Duplicate", Copy, () => edit.duplicate(panel))}
      {entry("Move up", ArrowUp, () => edit.reorder(panel.id, -1))}
      {entry("Move down", ArrowDown, () => edit.reorder(panel.id, 1))}
      {entry("Remove", Trash2, () => edit.remove(panel.id))}
    </>
  );
}
