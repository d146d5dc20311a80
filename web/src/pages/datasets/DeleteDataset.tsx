import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import { DATASETS, type Dataset, EXPERIMENTS } from "../../api/evaluation";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import classes from "./datasets.module.css";

interface Props {
  dataset: Dataset;
  opened: boolean;
  onClose: () => void;
  onGone: () => void;
}

/** Deletes a dataset, once it was said what goes with it. */
export function DeleteDataset({ dataset, opened, onClose, onGone }: Props) {
  const queries = useQueryClient();
  const deletion = useMutation({
    mutationFn: () => send<void>("DELETE", `datasets/${encodeURIComponent(dataset.id)}`),
    onSuccess: () => {
      onGone();
      void queries.invalidateQueries({ queryKey: [DATASETS], refetchType: "none" });
      void queries.invalidateQueries({ queryKey: [EXPERIMENTS], refetchType: "none" });
    },
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Delete ${dataset.name}?`}
      size={440}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <div className={classes.form}>
        <p>
          Its {plural(dataset.example_count, "example")}, all their versions and its{" "}
          {plural(dataset.experiment_count, "experiment")} go too. This cannot be undone.
        </p>
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
            Delete the dataset
          </Button>
          <Button look="quiet" onClick={onClose} data-autofocus>
            Keep
          </Button>
        </div>
      </div>
    </Modal>
  );
}
