import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { apiUrl, send } from "../../api/client";
import { plural } from "../../format";
import { AskDelete } from "../../parts/AskDelete";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import parts from "../../parts/parts.module.css";
import { QueueForm } from "./QueueForm";
import { pathOf, QUEUES, type Queue } from "./queries";
import classes from "./queueForm.module.css";

/** What a queue asks and of whom; its export; its end. */
export function QueueSettings({ queue }: { queue: Queue }) {
  return (
    <div className={classes.settings}>
      <QueueForm
        queue={queue}
        word="Save"
        onSave={({ kind: _kind, ...given }) => {
          // an empty id takes the dataset away, where null would leave it
          const change = { ...given, dataset_id: given.dataset_id ?? "" };
          return send<Queue>("PATCH", pathOf(queue.id), change);
        }}
      />
      <section className={classes.section} aria-label="Export">
        <h2>Export</h2>
        <p>Every item with its reviews, its input and its output.</p>
        <div className={classes.downloads}>
          {(["jsonl", "csv"] as const).map((format) => (
            <a
              key={format}
              className={parts.button}
              href={apiUrl(pathOf(queue.id, "/export"), { format })}
              download
            >
              <Download size={14} strokeWidth={1.75} aria-hidden />
              {format === "csv" ? "CSV, a row an answer" : "JSON, a line an item"}
            </a>
          ))}
        </div>
      </section>
      <Delete queue={queue} />
    </div>
  );
}

function Delete({ queue }: { queue: Queue }) {
  const [asking, setAsking] = useState(false);
  const cache = useQueryClient();
  const navigate = useNavigate();
  const deletion = useMutation({
    mutationFn: () => send("DELETE", pathOf(queue.id)),
    onSuccess: async () => {
      await navigate({ to: "/annotation" });
      await cache.invalidateQueries({ queryKey: [...QUEUES, "list"] });
    },
  });
  return (
    <section className={classes.section} aria-label="Delete">
      <h2>Delete</h2>
      <p>
        {plural(queue.total, "item")} and all their reviews go; the scores that the reviews gave
        stay on the traces.
      </p>
      <Button icon={Trash2} onClick={() => setAsking(true)}>
        Delete the queue
      </Button>
      <Dialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Delete “${queue.name}”?`}
        size={420}
      >
        <AskDelete deletion={deletion} word="Delete it" onKeep={() => setAsking(false)}>
          <p>{plural(queue.total, "item")} and their reviews cannot be brought back.</p>
        </AskDelete>
      </Dialog>
    </section>
  );
}
