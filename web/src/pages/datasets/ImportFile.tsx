import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useRef, useState } from "react";
import { DATASETS, type Dataset, type ImportPreview, type Written } from "../../api/evaluation";
import { upload } from "../../api/upload";
import { bytes, count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { Tick } from "../../parts/Tick";
import classes from "./datasets.module.css";
import { ImportPreviewTable } from "./ImportPreviewTable";
import own from "./import.module.css";
import { MappingTable } from "./MappingTable";
import { type ColumnUse, doubled, type FileFormat, formatOf, mappingOf, usesOf } from "./mapping";

interface Props {
  dataset: Dataset;
  opened: boolean;
  onClose: () => void;
}

/** Takes a file in: which column becomes what, what would be kept, then all rows or none. */
export function ImportFile({ dataset, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Import into ${dataset.name}`}
      size={860}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {opened && <Steps dataset={dataset} onClose={onClose} />}
    </Modal>
  );
}

interface Chosen {
  file: File;
  format: FileFormat;
}

function Steps({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [unknown, setUnknown] = useState<string | null>(null);
  const [uses, setUses] = useState<ColumnUse[] | null>(null);
  const [replace, setReplace] = useState(false);
  const asked = useRef(0);
  const path = `datasets/${encodeURIComponent(dataset.id)}/import`;

  const preview = useMutation({
    mutationFn: ({ file, format, uses }: Chosen & { uses: ColumnUse[] | null }) =>
      upload<ImportPreview>(
        `${path}/preview`,
        { format, mapping: uses ? JSON.stringify(mappingOf(uses)) : undefined },
        file,
      ),
  });
  const importing = useMutation({
    mutationFn: ({ file, format }: Chosen) =>
      upload<Written>(
        path,
        {
          format,
          mapping: uses ? JSON.stringify(mappingOf(uses)) : undefined,
          replace,
          name: file.name,
        },
        file,
      ),
    onSuccess: () => void queries.invalidateQueries({ queryKey: [DATASETS] }),
  });

  function look(next: Chosen, changed: ColumnUse[] | null) {
    const turn = ++asked.current;
    importing.reset();
    setUses(changed);
    if (changed && doubled(changed)) return;
    preview.mutate(
      { ...next, uses: changed },
      {
        onSuccess: (found) => {
          if (turn === asked.current)
            setUses(
              usesOf(
                found.columns.map((column) => column.name),
                found.mapping,
              ),
            );
        },
      },
    );
  }
  function choose(file: File | undefined) {
    if (!file) return;
    const format = formatOf(file.name);
    setUnknown(format ? null : file.name);
    if (!format) return;
    setChosen({ file, format });
    look({ file, format }, null);
  }

  if (importing.data)
    return (
      <div className={classes.form}>
        <p role="status">
          {plural(importing.data.version.added, "example")} added
          {importing.data.version.modified > 0 &&
            `, ${count(importing.data.version.modified)} changed`}
          .
        </p>
        <div className={classes.formActions}>
          <Button look="primary" onClick={onClose}>
            Show the examples
          </Button>
        </div>
      </div>
    );

  const clash = uses ? doubled(uses) : null;
  const found = preview.data;
  return (
    <div className={classes.form}>
      <Drop chosen={chosen} onChoose={choose} />
      {unknown && (
        <p className={classes.problem} role="alert">
          {unknown} is neither .csv nor .jsonl nor .parquet.
        </p>
      )}
      {preview.error && (
        <p className={classes.problem} role="alert">
          {preview.error.message}
        </p>
      )}
      {chosen && found && uses && (
        <>
          <MappingTable
            columns={found.columns}
            uses={uses}
            onChange={(next) => look(chosen, next)}
          />
          {clash ? (
            <p className={classes.problem} role="alert">
              {clash}
            </p>
          ) : (
            <ImportPreviewTable preview={found} busy={preview.isPending} />
          )}
          {uses.some((use) => use.place === "id") && (
            <Tick
              label="Replace examples whose id is there"
              help="Otherwise another example under the same id is refused."
              checked={replace}
              onChange={setReplace}
            />
          )}
          {importing.error && (
            <p className={classes.problem} role="alert">
              {importing.error.message}
            </p>
          )}
          <div className={classes.formActions}>
            <Button
              look="primary"
              icon={Upload}
              disabled={
                !!clash ||
                preview.isPending ||
                !!preview.error ||
                importing.isPending ||
                found.broken_count > 0 ||
                found.row_count === 0
              }
              onClick={() => importing.mutate(chosen)}
            >
              {importing.isPending ? "Importing…" : `Import ${plural(found.row_count, "example")}`}
            </Button>
            <Button look="quiet" onClick={onClose}>
              Cancel
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

interface DropProps {
  chosen: Chosen | null;
  onChoose: (file: File | undefined) => void;
}

function Drop({ chosen, onChoose }: DropProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <section
      aria-label="Place to drop a file"
      className={own.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onChoose(event.dataTransfer.files[0]);
      }}
    >
      {chosen ? (
        <span>
          <b>{chosen.file.name}</b> {bytes(chosen.file.size)}
        </span>
      ) : (
        <span>Drop a CSV, JSON lines or Parquet file here</span>
      )}
      <Button icon={Upload} onClick={() => input.current?.click()}>
        {chosen ? "Choose another file" : "Choose a file"}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="File"
        accept=".csv,.tsv,.jsonl,.ndjson,.json,.parquet"
        onChange={(event) => {
          onChoose(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
    </section>
  );
}
