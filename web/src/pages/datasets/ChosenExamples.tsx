import { Popover } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2, X } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { DATASETS, type Dataset } from "../../api/evaluation";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import classes from "./datasets.module.css";

interface Props {
  dataset: Dataset;
  ids: readonly string[];
  splits: readonly string[];
  onDone: () => void;
}

/** What can be done with the ticked examples: into a split, out of one, away. */
export function ChosenExamples({ dataset, ids, splits, onDone }: Props) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [split, setSplit] = useState("");
  const path = `datasets/${encodeURIComponent(dataset.id)}`;
  const settled = {
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [DATASETS] });
      setSplit("");
    },
  };
  const moving = useMutation({
    mutationFn: ({ name, remove }: { name: string; remove: boolean }) =>
      send("PUT", `${path}/splits/${encodeURIComponent(name)}`, { example_ids: ids, remove }),
    ...settled,
  });
  const removal = useMutation({
    mutationFn: () => send("POST", `${path}/examples/delete`, { ids }),
    onSuccess: () => {
      settled.onSuccess();
      onDone();
    },
  });
  const name = split.trim();
  const problem = moving.error ?? removal.error;
  return (
    <div className={classes.footer}>
      <b>{count(ids.length)} selected</b>
      <input
        className={classes.tagField}
        list="known-splits"
        placeholder="Split"
        aria-label="Split"
        value={split}
        onChange={(event) => setSplit(event.currentTarget.value)}
      />
      <datalist id="known-splits">
        {splits.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <Button
        small
        disabled={!name || moving.isPending}
        onClick={() => moving.mutate({ name, remove: false })}
      >
        Put in
      </Button>
      <Button
        small
        disabled={!name || !splits.includes(name) || moving.isPending}
        onClick={() => moving.mutate({ name, remove: true })}
      >
        Take out
      </Button>
      <Popover opened={asking} onChange={setAsking} position="top" trapFocus returnFocus>
        <Popover.Target>
          <Button small icon={Trash2} onClick={() => setAsking(!asking)}>
            Remove
          </Button>
        </Popover.Target>
        <Popover.Dropdown className={classes.form} aria-label="Remove the selected examples">
          <p>Earlier versions keep {ids.length === 1 ? "it" : "them"}.</p>
          <div className={classes.formActions}>
            <Button
              className={classes.danger}
              disabled={removal.isPending}
              onClick={() => removal.mutate()}
            >
              Remove {plural(ids.length, "example")}
            </Button>
            <Button look="quiet" onClick={() => setAsking(false)}>
              Keep
            </Button>
          </div>
        </Popover.Dropdown>
      </Popover>
      <Button small look="quiet" icon={X} onClick={onDone}>
        Clear
      </Button>
      {problem && (
        <span className={classes.problem} role="alert">
          {problem.message}
        </span>
      )}
    </div>
  );
}
