import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Database } from "lucide-react";
import { send } from "../../api/client";
import { Button } from "../../parts/Button";
import field from "../../parts/field.module.css";
import { Problem } from "../../parts/Problem";
import classes from "./answers.module.css";
import { type Item, pathOf, QUEUES, type Queue } from "./queries";

/** Puts the run of an item into the queue's dataset. */
export function KeepExample({ queue, item }: { queue: Queue; item: Item }) {
  const cache = useQueryClient();
  const keeping = useMutation({
    mutationFn: () =>
      send("POST", pathOf(queue.id, `/items/${encodeURIComponent(item.id)}/example`), {}),
    onSuccess: () => cache.invalidateQueries({ queryKey: [...QUEUES, queue.id, "item", item.id] }),
  });
  return (
    <div className={classes.example}>
      <Button small icon={Database} disabled={keeping.isPending} onClick={() => keeping.mutate()}>
        {item.example_id ? "Renew the example" : "Add to the dataset"}
      </Button>
      {item.example_id && <span className={field.below}>is an example of the dataset</span>}
      <Problem error={keeping.error} />
    </div>
  );
}
