import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { look, move, RELEASES, type Release, type Verb } from "../../api/releases";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { AskMove } from "./AskMove";
import classes from "./releases.module.css";
import { VERBS, verbsOf } from "./words";

/** What may be done with a release; everything is asked about once more. */
export function Moves({ release }: { release: Release }) {
  const cache = useQueryClient();
  const [asked, ask] = useState<Verb | null>(null);
  const done = async () => {
    await cache.invalidateQueries({ queryKey: RELEASES });
    ask(null);
  };
  const moving = useMutation({
    mutationFn: ({ reason, arm }: { reason: string; arm: string }) =>
      move(release.name, asked as Verb, reason, arm),
    onSuccess: done,
  });
  const looking = useMutation({ mutationFn: () => look(release.name), onSuccess: done });
  const verbs = verbsOf(release);
  const close = () => {
    moving.reset();
    ask(null);
  };
  return (
    <>
      {verbs.length > 1 && (
        <Button
          icon={RefreshCw}
          className={classes.wide}
          disabled={looking.isPending}
          onClick={() => looking.mutate()}
        >
          Look now
        </Button>
      )}
      {verbs.map((verb) => (
        <Button
          key={verb}
          look={verb === "promote" ? "primary" : verb === "rollback" ? "danger" : "line"}
          className={verb === "pause" || verb === "advance" ? classes.wide : undefined}
          onClick={() => ask(verb)}
        >
          {VERBS[verb]}
        </Button>
      ))}
      <Dialog opened={asked !== null} onClose={close} title={asked ? VERBS[asked] : ""} size="md">
        {asked && (
          <AskMove
            release={release}
            verb={asked}
            pending={moving.isPending}
            error={moving.error}
            onKeep={close}
            onMove={(reason, arm) => moving.mutate({ reason, arm })}
          />
        )}
      </Dialog>
    </>
  );
}
