import { Menu } from "@mantine/core";
import { Check } from "lucide-react";
import type { Search } from "../../address";
import type { SavedView } from "../../api/types";
import { openedView } from "./state";
import classes from "./traces.module.css";

interface Props {
  views: readonly SavedView[];
  open: SavedView | undefined;
  onChange: (patch: Search) => void;
}

/** Menu entries that open the saved views. */
export function ViewItems({ views, open, onChange }: Props) {
  return views.map((view) => (
    <Menu.Item
      key={view.id}
      onClick={() => onChange(openedView(view.id, view.state))}
      rightSection={
        view.id === open?.id ? <Check size={14} strokeWidth={1.75} aria-label="open" /> : null
      }
    >
      <span className={`${classes.menuName} ellipsis`}>{view.name}</span>
    </Menu.Item>
  ));
}
