import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Plus, Rows3, Upload } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { useAddress } from "../../address";
import { type Dataset, examplesQuery, splitsQuery } from "../../api/evaluation";
import { count, exactTime, plural, time } from "../../format";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { FindField } from "../../parts/FindField";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { ChosenExamples } from "./ChosenExamples";
import classes from "./datasets.module.css";
import { ExampleEditor } from "./ExampleEditor";
import { ExampleGrid } from "./ExampleGrid";
import grid from "./grid.module.css";

/** The examples of a dataset, to be found, edited in place, put into splits and removed. */
export function Examples({ dataset }: { dataset: Dataset }) {
  const [search, change] = useAddress();
  const { split, asof: asOf, example: open } = search;
  const find = search.find ?? "";
  const field = useRef<HTMLInputElement>(null);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const splits = useQuery(splitsQuery(dataset.id));
  const examples = useInfiniteQuery({
    ...examplesQuery(dataset.id, { find: find || undefined, split, asOf }),
    placeholderData: keepPreviousData,
  });
  const rows = examples.data?.pages.flatMap((page) => page.items);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = examples;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  useKeys("Examples", [{ key: "/", what: "Find in examples", run: () => field.current?.focus() }]);
  const filtered = !!find || !!split;
  const total = filtered || asOf ? null : dataset.example_count;

  return (
    <>
      <div className={classes.bar}>
        <FindField
          ref={field}
          label="Find in inputs and outputs"
          value={find}
          onChange={(next) => change({ find: next || undefined }, "typing")}
        />
        {(splits.data?.items.length ?? 0) > 0 && (
          <div className={classes.splits} role="group" aria-label="Split">
            {splits.data?.items.map((name) => (
              <button
                key={name}
                type="button"
                className={classes.toggle}
                aria-pressed={name === split}
                onClick={() => change({ split: name === split ? undefined : name })}
              >
                {name}
              </button>
            ))}
          </div>
        )}
        {rows && (
          <span className={classes.counted} aria-live="polite">
            {total !== null
              ? plural(total, "example")
              : `${hasNextPage ? "the first " : ""}${plural(rows.length, "example")}`}
          </span>
        )}
      </div>
      {asOf && (
        <div className={classes.past}>
          <span title={exactTime(asOf)}>
            Read as of {Number.isNaN(Date.parse(asOf)) ? `the tag ${asOf}` : time(asOf)}; nothing
            can be changed here.
          </span>
          <Button small onClick={() => change({ asof: undefined })}>
            Show the newest version
          </Button>
        </div>
      )}
      {open === "new" && !asOf && (
        <div className={grid.editor} style={{ borderTop: 0 }}>
          <ExampleEditor
            dataset={dataset}
            example={null}
            onDone={() => change({ example: undefined })}
          />
        </div>
      )}
      {examples.error ? (
        <ErrorState error={examples.error} onRetry={examples.refetch} />
      ) : !rows ? (
        <WaitingRows rows={8} />
      ) : rows.length === 0 ? (
        filtered ? (
          <EmptyState
            title={`No example ${find ? `holds “${find}”` : ""}${find && split ? " " : ""}${split ? `in ${split}` : ""}`}
            action={
              <Button onClick={() => change({ find: undefined, split: undefined })}>
                Show all {count(dataset.example_count)}
              </Button>
            }
          />
        ) : open === "new" ? null : (
          <EmptyState
            icon={Rows3}
            title="No examples yet"
            action={
              <>
                <Button icon={Upload} onClick={() => change({ import: "1" })}>
                  Import a file
                </Button>{" "}
                <Button icon={Plus} onClick={() => change({ example: "new" })}>
                  Add example
                </Button>
              </>
            }
          >
            Import CSV, JSON lines or Parquet, type one in, or select traces in the table and choose
            “Add to dataset”.
          </EmptyState>
        )
      ) : (
        <ExampleGrid
          dataset={dataset}
          examples={rows}
          total={total}
          readOnly={!!asOf}
          open={open}
          onOpen={(id) => change({ example: id }, "typing")}
          ticked={ticked}
          onTicked={setTicked}
          onEnd={more}
        />
      )}
      {ticked.size > 0 && !asOf && (
        <ChosenExamples
          dataset={dataset}
          ids={[...ticked]}
          splits={splits.data?.items ?? []}
          onDone={() => setTicked(new Set())}
        />
      )}
    </>
  );
}
