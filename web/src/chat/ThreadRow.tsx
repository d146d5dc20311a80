import { Check, Pencil, Trash2, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Button } from "../parts/Button";
import { focusOn } from "../parts/focus";
import { ask } from "./api";
import classes from "./sidebar.module.css";
import type { Thread } from "./types";

interface Props {
  thread: Thread;
  shown: boolean;
  onOpen: () => void;
  onChanged: () => void;
  onDeleted: () => void;
}

/** A conversation in the list; its name can be changed in place, and it asks before it goes. */
export function ThreadRow({ thread, shown, onOpen, onChanged, onDeleted }: Props) {
  const [doing, setDoing] = useState<"name" | "delete" | null>(null);
  const name = thread.title || "Untitled";
  const path = `threads/${encodeURIComponent(thread.id)}`;

  async function rename(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get("title")).trim();
    setDoing(null);
    if (!title || title === thread.title) return;
    await ask(path, { method: "PATCH", body: { title } });
    onChanged();
  }

  async function remove() {
    setDoing(null);
    await ask(path, { method: "DELETE" });
    onDeleted();
  }

  const press = (event: KeyboardEvent) => event.key === "Escape" && setDoing(null);

  if (doing === "name")
    return (
      <li className={classes.row}>
        <form className={classes.naming} onSubmit={rename} onKeyDown={press}>
          <input name="title" defaultValue={thread.title} aria-label="Name" ref={focusOn} />
          <Button look="quiet" small icon={Check} type="submit" aria-label="Keep the name" />
        </form>
      </li>
    );
  if (doing === "delete")
    return (
      <li className={classes.row}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape leaves it from either button */}
        <div className={classes.asking} onKeyDown={press}>
          <span className={classes.name}>Delete it for good?</span>
          <Button look="danger" small onClick={remove} ref={focusOn} aria-label={`Delete ${name}`}>
            Delete
          </Button>
          <Button look="quiet" small icon={X} aria-label="Keep it" onClick={() => setDoing(null)} />
        </div>
      </li>
    );
  return (
    <li className={classes.row} data-shown={shown || undefined}>
      <button
        type="button"
        className={classes.open}
        aria-current={shown ? "page" : undefined}
        title={name}
        onClick={onOpen}
      >
        {name}
      </button>
      <span className={classes.tools}>
        <Button
          look="quiet"
          small
          icon={Pencil}
          aria-label={`Rename ${name}`}
          onClick={() => setDoing("name")}
        />
        <Button
          look="quiet"
          small
          icon={Trash2}
          aria-label={`Delete ${name}`}
          onClick={() => setDoing("delete")}
        />
      </span>
    </li>
  );
}
