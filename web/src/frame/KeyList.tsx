import { Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useKeyGroups, useKeys } from "../keys";
import { isMac, Kbd } from "../parts/Kbd";
import classes from "./frame.module.css";

/** All keys that act on the page that is open; `?` shows it. */
export function KeyList() {
  const [opened, { open, close }] = useDisclosure(false);
  useKeys("Everywhere", [{ key: "?", what: "List the keys", run: open }]);
  return (
    <Modal opened={opened} onClose={close} title="Keys" size={520} centered>
      {opened && <Groups />}
    </Modal>
  );
}

function Groups() {
  const groups = useKeyGroups();
  const merged = new Map<string, { key: string; what: string }[]>();
  for (const group of groups) {
    const known = merged.get(group.title) ?? [];
    merged.set(group.title, [...known, ...group.actions.filter((action) => !action.silent)]);
  }
  return (
    <div className={classes.keyGroups}>
      {[...merged].map(([title, actions]) => (
        <section key={title}>
          <h3 className={classes.keyTitle}>{title}</h3>
          <dl>
            {actions.map((action) => (
              <div key={action.key} className={classes.keyRow}>
                <dt>{action.what}</dt>
                <dd>
                  <Kbd>{keyLabel(action.key)}</Kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

const NAMES: Record<string, string> = {
  " ": "Space",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
};

function keyLabel(key: string): string {
  const parts = key.split(/(?<=mod|shift)\+/);
  return parts
    .map((part) => {
      if (part === "mod") return isMac ? "⌘" : "Ctrl";
      if (part === "shift") return "⇧";
      return NAMES[part] ?? (part.length === 1 && parts.length > 1 ? part.toUpperCase() : part);
    })
    .join(" ");
}
