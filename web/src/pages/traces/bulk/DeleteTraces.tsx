import { Modal } from "@mantine/core";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { plural } from "../../../format";
import { Button } from "../../../parts/Button";
import type { Row } from "../rows";
import classes from "./bulk.module.css";
import { useDeletion } from "./edits";
import { howMany, selectedTraces } from "./selection";

interface Props {
  ticked: readonly Row[];
  /** Called when the traces are gone. */
  onGone: () => void;
}

/** Deletes the selected traces, once it was said what goes with them. */
export function DeleteTraces({ ticked, onGone }: Props) {
  const [opened, setOpened] = useState(false);
  const selected = selectedTraces(ticked);
  const deletion = useDeletion(selected);
  const traces = plural(howMany(selected), "trace");
  const close = () => {
    deletion.reset();
    setOpened(false);
  };
  return (
    <>
      <Button small icon={Trash2} onClick={() => setOpened(true)}>
        Delete
      </Button>
      <Modal
        opened={opened}
        onClose={deletion.isPending ? () => undefined : close}
        title={`Delete ${traces}?`}
        size={420}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <p className={classes.consequence}>
          Their spans, scores, log records and attachments go too. This cannot be undone.
        </p>
        {deletion.error && (
          <p className={classes.problem} role="alert">
            {deletion.error.message}
          </p>
        )}
        <div className={classes.choice}>
          <Button
            className={classes.danger}
            disabled={deletion.isPending}
            onClick={() =>
              deletion.mutate(undefined, {
                onSuccess: () => {
                  close();
                  onGone();
                },
              })
            }
          >
            {deletion.isPending ? "Deleting…" : `Delete ${traces}`}
          </Button>
          <Button look="quiet" disabled={deletion.isPending} onClick={close} data-autofocus>
            Keep
          </Button>
        </div>
      </Modal>
    </>
  );
}
