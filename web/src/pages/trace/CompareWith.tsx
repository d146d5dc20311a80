import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../../api/client";
import type { Page } from "../../api/types";
import { cost, duration, time } from "../../format";
import { ErrorState, Skeleton } from "../../parts/states";
import type { Trace } from "../../trace/model";
import classes from "./trace.module.css";

interface Props {
  project: string;
  trace: Trace;
  opened: boolean;
  onClose: () => void;
  onChoose: (traceId: string) => void;
}

/** Chooses the trace to put beside this one: those of the same name first, or any by its id. */
export function CompareWith({ project, trace, opened, onClose, onChoose }: Props) {
  const [asked, setAsked] = useState("");
  const typed = asked.trim();
  const isId = /^[0-9a-f-]{16,36}$/i.test(typed);
  const name = (trace.name ?? "").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  const found = useQuery({
    queryKey: ["compare-with", project, trace.trace_id, isId ? "" : typed],
    enabled: opened,
    queryFn: ({ signal }) =>
      get<Page<Trace>>(
        "traces",
        {
          project,
          limit: 30,
          filter: name ? `name = "${name}"` : undefined,
          q: isId ? undefined : typed,
        },
        signal,
      ),
  });
  const others = (found.data?.items ?? []).filter((one) => one.trace_id !== trace.trace_id);
  return (
    <Modal opened={opened} onClose={onClose} title="Compare with" size={640}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const choice = isId ? typed : others[0]?.trace_id;
          if (choice) onChoose(choice);
        }}
      >
        <input
          className={classes.compareField}
          value={asked}
          onChange={(event) => setAsked(event.currentTarget.value)}
          placeholder="Search their text, or paste a trace id"
          aria-label="Search traces or paste an id"
          data-autofocus
        />
      </form>
      <div className={classes.compareList}>
        {found.isError && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
        {found.isPending && <Skeleton height={160} />}
        {isId && (
          <button type="button" className={classes.compareRow} onClick={() => onChoose(typed)}>
            <code>{typed}</code>
          </button>
        )}
        {others.map((one) => (
          <button
            key={one.trace_id}
            type="button"
            className={classes.compareRow}
            onClick={() => onChoose(one.trace_id)}
          >
            <span className={classes.compareTime}>{time(one.start_time)}</span>
            <span className={`${classes.compareText} ellipsis`} dir="auto">
              {one.input_preview || one.name}
            </span>
            <span className={classes.compareFigure}>{duration(one.duration_ms)}</span>
            <span className={classes.compareFigure}>{cost(one.cost?.total)}</span>
          </button>
        ))}
        {found.data && others.length === 0 && !isId && (
          <p className={classes.compareNone}>
            No other trace of this name{typed && ` holds “${typed}”`}.
          </p>
        )}
      </div>
    </Modal>
  );
}
