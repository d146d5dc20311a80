import { useCallback, useEffect, useState } from "react";
import { Composer, Note } from "./Composer";
import { Conversation } from "./Conversation";
import classes from "./chat.module.css";
import { Head } from "./Head";
import { embedded } from "./page";
import { usePlace } from "./place";
import { Side } from "./Side";
import { tellTabs, useTabs } from "./tabs";
import { useOnline } from "./useOnline";
import { useTalk } from "./useTalk";
import { useThreads } from "./useThreads";

/** The whole page: conversations at the left, one of them at the right. */
export function Chat() {
  const { place, open, begun } = usePlace();
  const [words, setWords] = useState("");
  const list = useThreads(words);
  const [listed, setListed] = useState(false);

  const choose = useCallback(
    (id: string | null) => {
      setListed(false);
      open(id);
    },
    [open],
  );

  return (
    <div className={classes.page} data-embedded={embedded || undefined}>
      <Side
        open={listed}
        onClose={() => setListed(false)}
        list={list}
        words={words}
        onWords={setWords}
        shown={place.id}
        onOpen={choose}
      />
      <Room
        key={place.id}
        id={place.id}
        isNew={place.isNew}
        onBegun={begun}
        onList={() => setListed(true)}
        onNew={() => choose(null)}
        onChange={list.refresh}
      />
    </div>
  );
}

interface RoomProps {
  id: string;
  isNew: boolean;
  onBegun: (id: string) => void;
  onList: () => void;
  onNew: () => void;
  onChange: () => void;
}

function Room({ id, isNew, onBegun, onList, onNew, onChange }: RoomProps) {
  const changed = useCallback(() => {
    onChange();
    tellTabs(id);
  }, [id, onChange]);
  const talking = useTalk(id, isNew, changed);
  const { talk, say, stop, refresh } = talking;
  const online = useOnline();
  const busy = talk.turn !== null && talk.turn.state !== "failed";

  useTabs(id, () => {
    onChange();
    void refresh();
  });

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape" && busy && !document.querySelector("dialog[open]")) void stop();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [busy, stop]);

  return (
    <main className={classes.room}>
      <Head
        talk={talk}
        id={id}
        onList={onList}
        onNew={onNew}
        onThread={(thread) => {
          talking.setThread(thread);
          onChange();
        }}
      />
      {!online && (
        <p className={classes.offline} role="status">
          No connection. What you send is kept here until there is one.
        </p>
      )}
      <Conversation talking={talking} thread={id} />
      <div className={classes.bottom}>
        <div className={classes.narrow}>
          <Composer
            thread={id}
            busy={busy}
            unsent={talk.turn?.state === "queued"}
            onStop={() => void stop()}
            onSend={(text, files) => {
              onBegun(id);
              say(text, files);
            }}
          />
          <Note />
        </div>
      </div>
      <Announced talk={talk} />
    </main>
  );
}

/** Tells readers what they cannot see: that an answer comes, and what it says once it is whole. */
function Announced({ talk }: { talk: ReturnType<typeof useTalk>["talk"] }) {
  const [wasWriting, setWasWriting] = useState(false);
  const writing = talk.turn !== null && talk.turn.state !== "failed";
  useEffect(() => {
    if (writing) setWasWriting(true);
  }, [writing]);
  const last = talk.messages.at(-1);
  const said = writing
    ? "The answer is being written."
    : wasWriting && last?.role === "assistant"
      ? `Answer: ${last.text.slice(0, 1000)}`
      : "";
  return (
    <p className="hidden-text" role="status">
      {said}
    </p>
  );
}
