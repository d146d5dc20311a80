import { KeyRound, Search, ShipWheel, SquarePen, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../parts/Button";
import { ask } from "./api";
import { Mark } from "./Brand";
import { grouped } from "./days";
import { page } from "./page";
import classes from "./sidebar.module.css";
import { ThreadRow } from "./ThreadRow";
import type { useThreads } from "./useThreads";

interface Props {
  list: ReturnType<typeof useThreads>;
  words: string;
  onWords: (words: string) => void;
  shown: string;
  onOpen: (id: string | null) => void;
  /** Only where it lies over the conversation. */
  onClose?: () => void;
  signedIn: boolean;
}

export function Sidebar({ list, words, onWords, shown, onOpen, onClose, signedIn }: Props) {
  const [now] = useState(() => new Date());
  const { threads, more, loaded, refresh, further } = list;
  return (
    <nav className={classes.side} aria-label="Conversations">
      <div className={classes.head}>
        <Mark />
        <span className={classes.title}>{page.title}</span>
        {onClose && <Button look="quiet" icon={X} aria-label="Close the list" onClick={onClose} />}
      </div>
      <Button className={classes.wide} icon={SquarePen} onClick={() => onOpen(null)}>
        New conversation
      </Button>
      <label className={classes.search}>
        <Search size={14} strokeWidth={1.75} aria-hidden />
        <input
          type="search"
          placeholder="Search"
          aria-label="Search conversations"
          value={words}
          onChange={(event) => onWords(event.currentTarget.value)}
        />
      </label>
      <div className={classes.list}>
        {grouped(threads, now).map(([name, group]) => (
          <section key={name} aria-label={name}>
            <h2 className={classes.group}>{name}</h2>
            <ul>
              {group.map((thread) => (
                <ThreadRow
                  key={thread.id}
                  thread={thread}
                  shown={thread.id === shown}
                  onOpen={() => onOpen(thread.id)}
                  onChanged={refresh}
                  onDeleted={() => {
                    void refresh();
                    if (thread.id === shown) onOpen(null);
                  }}
                />
              ))}
            </ul>
          </section>
        ))}
        {loaded && threads.length === 0 && (
          <p className={classes.none}>
            {words ? `No conversation has “${words}” in it.` : "What you ask is kept here."}
          </p>
        )}
        {more && (
          <Button look="quiet" small className={classes.wide} onClick={() => void further()}>
            Show more
          </Button>
        )}
      </div>
      <div className={classes.foot}>
        {signedIn && (
          <Button look="quiet" small icon={KeyRound} onClick={signOut}>
            Sign out
          </Button>
        )}
        <span className={classes.served}>
          <span className={classes.wheel} aria-hidden>
            <ShipWheel size={10} strokeWidth={2.25} />
          </span>
          Served by Pilothouse
        </span>
      </div>
    </nav>
  );
}

async function signOut() {
  await ask("session", { method: "DELETE" });
  window.location.reload();
}
