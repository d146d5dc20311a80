import { Menu, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Copy, Ellipsis, Trash2 } from "lucide-react";
import { useState } from "react";
import { send } from "../../api/client";
import { DATASETS, EXPERIMENTS, type Experiment } from "../../api/evaluation";
import { Button } from "../../parts/Button";
import { writeClipboard } from "../../parts/CopyButton";
import classes from "../datasets/datasets.module.css";

/** What else one can do with an experiment. */
export function ExperimentMenu({ experiment }: { experiment: Experiment }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const deletion = useMutation({
    mutationFn: () => send<void>("DELETE", `experiments/${encodeURIComponent(experiment.id)}`),
    onSuccess: () => {
      void navigate({ to: "/experiments" });
      void queries.invalidateQueries({ queryKey: [EXPERIMENTS], refetchType: "none" });
      void queries.invalidateQueries({ queryKey: [DATASETS], refetchType: "none" });
    },
  });
  return (
    <>
      <Menu position="bottom-end" offset={4} width={216}>
        <Menu.Target>
          <Button look="quiet" icon={Ellipsis} aria-label="More" title="More" />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Copy size={14} />}
            onClick={() => void writeClipboard(experiment.id)}
          >
            Copy experiment id
          </Menu.Item>
          <Menu.Item leftSection={<Trash2 size={14} />} onClick={() => setDeleting(true)}>
            Delete the experiment…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={`Delete ${experiment.name}?`}
        size={420}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <div className={classes.form}>
          <p>Its traces and scores go too. This cannot be undone.</p>
          {deletion.error && (
            <p className={classes.problem} role="alert">
              {deletion.error.message}
            </p>
          )}
          <div className={classes.formActions}>
            <Button
              className={classes.danger}
              disabled={deletion.isPending}
              onClick={() => deletion.mutate()}
            >
              Delete the experiment
            </Button>
            <Button look="quiet" onClick={() => setDeleting(false)} data-autofocus>
              Keep
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
