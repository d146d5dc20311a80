import { Link } from "@tanstack/react-router";
import { KeyRound, type LucideIcon, ShieldCheck, Zap } from "lucide-react";
import type { ReactNode } from "react";
import type { Server } from "../../api/server";
import classes from "./onboarding.module.css";

/** What people ask before they send real data. */
export function Notes({ project, server }: { project: string; server: Server }) {
  return (
    <div className={classes.notes}>
      {server.keyNeeded ? (
        <Note icon={KeyRound} title="A key is needed">
          Whoever sends traces carries an API key.{" "}
          <Link to="/settings/$" params={{ _splat: "keys" }}>
            Make one
          </Link>
        </Note>
      ) : (
        <Note icon={KeyRound} title="No key needed">
          This server runs on your machine without sign-in.{" "}
          <Link to="/settings/$" params={{ _splat: "keys" }}>
            Add one
          </Link>
        </Note>
      )}
      <Note icon={Zap} title="No slower">
        Traces are sent in the background. If the server is down, your app goes on.
      </Note>
      <Note icon={ShieldCheck} title="Redaction">
        Set patterns under Settings before real data arrives.{" "}
        <Link to="/settings/$" params={{ _splat: "masking" }} search={{ project }}>
          Set up
        </Link>
      </Note>
    </div>
  );
}

function Note(props: { icon: LucideIcon; title: string; children: ReactNode }) {
  const Icon = props.icon;
  return (
    <div>
      <h3 className={classes.noteTitle}>
        <Icon size={14} strokeWidth={1.75} aria-hidden />
        {props.title}
      </h3>
      <p className={classes.noteText}>{props.children}</p>
    </div>
  );
}
