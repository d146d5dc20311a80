import { Modal } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Database } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { send } from "../../api/client";
import { DATASETS, type Dataset, datasetsQuery, type FromSpansDone } from "../../api/evaluation";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import field from "../../parts/field.module.css";
import { Tick } from "../../parts/Tick";
import classes from "./datasets.module.css";
import { readNames } from "./values";

interface SpanRef {
  project: string;
  trace_id: string;
  /** Left out where a trace is meant by its root. */
  span_id?: string;
}

const NEW = "";
/** A request names so many spans at most. */
const MOST = 1000;

interface ButtonProps {
  spans: readonly SpanRef[];
  onDone: () => void;
}

/** A button that makes examples of the selected rows. */
export function AddToDataset({ spans, onDone }: ButtonProps) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button small icon={Database} onClick={() => setOpened(true)}>
        Add to dataset
      </Button>
      <AddToDatasetForm
        spans={spans}
        opened={opened}
        onClose={(done) => {
          setOpened(false);
          if (done) onDone();
        }}
      />
    </>
  );
}

interface Props {
  spans: readonly SpanRef[];
  opened: boolean;
  onClose: (done: boolean) => void;
}

/** Asks for a dataset, or the name of a new one, and makes examples of spans. */
export function AddToDatasetForm({ spans, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={() => onClose(false)}
      title={`Add ${plural(spans.length, "example")} to a dataset`}
      size={460}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {opened && <Form spans={spans} onClose={onClose} />}
    </Modal>
  );
}

interface Done {
  dataset: Pick<Dataset, "id" | "name">;
  added: number;
  skipped: number;
}

function Form({ spans, onClose }: Omit<Props, "opened">) {
  const queries = useQueryClient();
  const id = useId();
  const datasets = useInfiniteQuery(datasetsQuery(""));
  const known = datasets.data?.pages.flatMap((page) => page.items);
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [splits, setSplits] = useState("base");
  const [outputs, setOutputs] = useState(true);
  const [metadata, setMetadata] = useState(false);
  const target = chosen ?? known?.[0]?.id ?? NEW;
  const adding = useMutation({
    mutationFn: async (): Promise<Done> => {
      const dataset =
        known?.find((one) => one.id === target) ??
        (await send<Dataset>("POST", "datasets", { name: name.trim() }));
      const done: Done = { dataset, added: 0, skipped: 0 };
      for (let at = 0; at < spans.length; at += MOST) {
        const written = await send<FromSpansDone>(
          "POST",
          `datasets/${encodeURIComponent(dataset.id)}/from-spans`,
          {
            spans: spans.slice(at, at + MOST),
            with_outputs: outputs,
            with_metadata: metadata,
            splits: readNames(splits),
          },
        );
        done.added += written.example_ids.length - written.skipped;
        done.skipped += written.skipped;
      }
      return done;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [DATASETS] }),
  });

  if (adding.data) {
    const { dataset, added, skipped } = adding.data;
    return (
      <div className={classes.form}>
        <p role="status">
          {plural(added, "example")} added to{" "}
          <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }}>
            {dataset.name}
          </Link>
          {skipped > 0 && `; ${count(skipped)} stood there already and stayed`}.
        </p>
        <div className={classes.formActions}>
          <Button onClick={() => onClose(true)}>Close</Button>
        </div>
      </div>
    );
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    if ((target !== NEW || name.trim()) && !adding.isPending) adding.mutate();
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <div className={field.field}>
        <label className={field.label} htmlFor={id}>
          Dataset
        </label>
        <select
          id={id}
          className={field.input}
          value={target}
          disabled={!known}
          data-autofocus
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {known?.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name} ({count(one.example_count)})
            </option>
          ))}
          <option value={NEW}>New dataset…</option>
        </select>
        {datasets.hasNextPage && (
          <Button small look="quiet" onClick={() => void datasets.fetchNextPage()}>
            Load more datasets
          </Button>
        )}
      </div>
      {known && target === NEW && (
        <Field label="Name" value={name} onChange={setName} maxLength={500} autoComplete="off" />
      )}
      <Field
        label="Splits"
        value={splits}
        onChange={setSplits}
        help="Names with commas between them."
      />
      <Tick
        label="With their outputs as the reference"
        help="Without, the expected output is left unknown."
        checked={outputs}
        onChange={setOutputs}
      />
      <Tick label="With their metadata" checked={metadata} onChange={setMetadata} />
      {(adding.error ?? datasets.error) && (
        <p className={classes.problem} role="alert">
          {(adding.error ?? datasets.error)?.message}
        </p>
      )}
      <div className={classes.formActions}>
        <Button
          type="submit"
          look="primary"
          disabled={!known || (target === NEW && !name.trim()) || adding.isPending}
        >
          {adding.isPending ? "Adding…" : "Add"}
        </Button>
        <Button look="quiet" onClick={() => onClose(false)}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
