import { Menu } from "@mantine/core";
import {
  ArrowDown,
  ArrowUp,
  Copy,
  Image,
  type LucideIcon,
  Maximize2,
  Pencil,
  Trash2,
} from "lucide-react";
import type { Panel } from "./model";
import { savePicture } from "./picture";
import type { Editing } from "./useEditing";

interface Props {
  panel: Panel;
  edit: Editing;
  onLarge: () => void;
}

/** What can be done with one panel; on a phone it is moved by this alone. */
export function PanelMenu({ panel, edit, onLarge }: Props) {
  const entry = (words: string, icon: LucideIcon, run: () => void) => {
    const Icon = icon;
    return (
      <Menu.Item leftSection={<Icon size={14} strokeWidth={1.75} aria-hidden />} onClick={run}>
        {words}
      </Menu.Item>
    );
  };
  const change = entry("Edit panel", Pencil, () => edit.open(panel));
  if (!edit.editing)
    return (
      <>
        {entry("Show it alone", Maximize2, onLarge)}
        {change}
        {entry("Download as PNG", Image, () =>
          savePicture(`[data-panel="${panel.id}"]`, panel.title || panel.id),
        )}
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
