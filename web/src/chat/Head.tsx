import {
  Braces,
  Link2,
  ListTree,
  Menu,
  Moon,
  SlidersHorizontal,
  SquarePen,
  Sun,
} from "lucide-react";
import { useState } from "react";
import { Button } from "../parts/Button";
import { CopyButton } from "../parts/CopyButton";
import { useAbout } from "./about";
import classes from "./chat.module.css";
import { page } from "./page";
import { linkTo } from "./place";
import { Settings } from "./Settings";
import { settable } from "./schema";
import { toggleScheme, useDark } from "./scheme";
import type { Thread } from "./types";
import { UseIt } from "./UseIt";
import type { Talk } from "./useTalk";

interface Props {
  talk: Talk;
  id: string;
  onList: () => void;
  onNew: () => void;
  onThread: (thread: Thread) => void;
}

export function Head({ talk, id, onList, onNew, onThread }: Props) {
  const about = useAbout();
  const dark = useDark();
  const [shown, setShown] = useState<"settings" | "use" | null>(null);
  const { thread, messages, turn } = talk;
  const title = thread?.title || firstWords(talk);
  const trace = turn?.trace ?? messages.findLast((one) => one.extra.trace_id)?.extra.trace_id;
  const fields = settable(about?.config_schema ?? {});
  const began = messages.length > 0;
  return (
    <header className={classes.head}>
      <Button
        look="quiet"
        className={classes.onPhone}
        icon={Menu}
        aria-label="Conversations"
        onClick={onList}
      />
      <h1 className={classes.title}>
        <span className={classes.threadTitle}>{title || "New conversation"}</span>
        <span className={classes.appTitle}>{page.title}</span>
      </h1>
      <div className={classes.tools}>
        {trace && about?.traces && (
          <a className={classes.trace} href={about.traces + trace} target="_blank" rel="noreferrer">
            <ListTree size={14} strokeWidth={1.75} aria-hidden />
            Open trace
          </a>
        )}
        {fields && began && (
          <Button
            look="quiet"
            icon={SlidersHorizontal}
            aria-label="Settings of this conversation"
            onClick={() => setShown("settings")}
          />
        )}
        <Button
          look="quiet"
          icon={Braces}
          aria-label="Use it from a program"
          onClick={() => setShown("use")}
        />
        {began && (
          <span className={classes.link}>
            <CopyButton text={() => linkTo(id)} label="Copy the link" icon={Link2} />
          </span>
        )}
        <Button
          look="quiet"
          icon={dark ? Sun : Moon}
          aria-label={dark ? "Light colours" : "Dark colours"}
          onClick={toggleScheme}
        />
        <Button
          look="quiet"
          className={classes.onPhone}
          icon={SquarePen}
          aria-label="New conversation"
          onClick={onNew}
        />
      </div>
      {shown === "settings" && fields && (
        <Settings
          schema={fields}
          id={id}
          thread={thread}
          onClose={() => setShown(null)}
          onChanged={onThread}
        />
      )}
      {shown === "use" && (
        <UseIt
          input={messages.findLast((one) => one.role === "user")?.text ?? "Hello"}
          thread={began ? id : null}
          onClose={() => setShown(null)}
        />
      )}
    </header>
  );
}

/** What the server will call it, until it has said so. */
function firstWords({ messages, turn }: Talk): string {
  const text = turn?.asking?.text || messages.find((one) => one.role === "user")?.text || "";
  return text.split(/\s+/).join(" ").slice(0, 80);
}
