import { Menu } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Tag, Undo2, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { exactTime, time } from "../../format";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import field from "../../parts/field.module.css";
import { Kbd } from "../../parts/Kbd";
import { Problem } from "../../parts/Problem";
import classes from "./prompts.module.css";
import {
  labelsQuery,
  moveLabel,
  PROMPTS,
  type Prompt,
  removeLabel,
  type VersionDetail,
} from "./queries";

/** Labels that a menu offers before anybody has used them. */
const USUAL = ["production", "staging"];

interface Done {
  sentence: string;
  undo: () => Promise<unknown>;
}

/** The version that is shown, the labels that point at it, and how to point others here. */
export function LabelBar({ prompt, version }: { prompt: Prompt; version: VersionDetail }) {
  const { name } = prompt;
  const cache = useQueryClient();
  const labels = useQuery(labelsQuery(name));
  const [done, setDone] = useState<Done | null>(null);
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState(false);
  const refresh = () => cache.invalidateQueries({ queryKey: [...PROMPTS, name] });

  const moving = useMutation({
    mutationFn: async (label: string): Promise<Done> => {
      const moved = await moveLabel(name, label, version.version);
      const before = moved.previous?.version;
      return {
        sentence: `${label} points at version ${moved.version}${before ? `, before at ${before}` : ""}.`,
        undo: () =>
          before === undefined ? removeLabel(name, label) : moveLabel(name, label, before),
      };
    },
    onSuccess: setDone,
    onSettled: refresh,
  });
  const removing = useMutation({
    mutationFn: async (label: string): Promise<Done> => {
      await removeLabel(name, label);
      return {
        sentence: `${label} points at nothing.`,
        undo: () => moveLabel(name, label, version.version),
      };
    },
    onSuccess: setDone,
    onSettled: refresh,
  });
  const undoing = useMutation({
    mutationFn: (last: Done) => last.undo(),
    onSuccess: () => setDone(null),
    onSettled: refresh,
  });
  const undo = () => done && undoing.mutate(done);
  useKeys("Labels", [
    { key: "l", what: "Move a label here", run: () => setOpened(true) },
    ...(done ? [{ key: "u", what: "Undo the move of the label", run: undo }] : []),
  ]);

  const all = labels.data?.items ?? [];
  const here = all.filter((one) => one.version === version.version);
  const elsewhere = [...new Set([...all.map((one) => one.label), ...USUAL])].filter(
    (label) => !here.some((one) => one.label === label),
  );
  const busy = moving.isPending || removing.isPending || undoing.isPending;
  const wrong = moving.error ?? removing.error ?? undoing.error;

  function point(event: FormEvent) {
    event.preventDefault();
    if (!typed.trim()) return;
    moving.mutate(typed.trim());
    setTyped("");
    setOpened(false);
  }

  return (
    <div className={classes.labelBar}>
      <div className={classes.labelLine}>
        <b>Version {version.version}</b>
        {here.map((one) => (
          <span key={one.label} className={classes.labelChip} title={exactTime(one.moved_at)}>
            {one.label}
            <button
              type="button"
              disabled={busy}
              onClick={() => removing.mutate(one.label)}
              aria-label={`Take ${one.label} away`}
            >
              <X size={12} strokeWidth={1.75} aria-hidden />
            </button>
          </span>
        ))}
        <Menu position="bottom-start" offset={4} width={240} opened={opened} onChange={setOpened}>
          <Menu.Target>
            <Button small icon={Tag} disabled={busy} title="Move a label here  l">
              Move a label here
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {elsewhere.map((label) => {
              const at = all.find((one) => one.label === label);
              return (
                <Menu.Item key={label} onClick={() => moving.mutate(label)}>
                  {label}
                  <span className={classes.menuNote}>
                    {at ? `now at ${at.version}` : "not used yet"}
                  </span>
                </Menu.Item>
              );
            })}
            <form className={classes.newLabel} onSubmit={point}>
              <input
                className={field.find}
                data-wide
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                onKeyDown={(event) => event.stopPropagation()}
                placeholder="Another label"
                aria-label="Another label"
                maxLength={200}
              />
            </form>
          </Menu.Dropdown>
        </Menu>
        <span className={classes.facts}>
          {version.created_by && <span>{version.created_by}</span>}
          <span title={exactTime(version.created_at)}>{time(version.created_at, false)}</span>
          <span className={classes.hash}>
            <code>{version.hash.slice(0, 8)}</code>
            <CopyButton text={version.hash} label="Copy the hash" />
          </span>
        </span>
      </div>
      {version.description && (
        <p className={classes.note} dir="auto">
          {version.description}
        </p>
      )}
      {done && (
        <p className={classes.done} role="status">
          {done.sentence}{" "}
          <Button small icon={Undo2} disabled={busy} onClick={undo} after={<Kbd>u</Kbd>}>
            Undo
          </Button>
        </p>
      )}
      <Problem error={wrong} />
    </div>
  );
}
