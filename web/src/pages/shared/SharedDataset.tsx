import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronRight, Database } from "lucide-react";
import { useState } from "react";
import { get } from "../../api/client";
import type { Dataset, Example } from "../../api/evaluation";
import type { Page } from "../../api/types";
import { ago, exactTime, plural } from "../../format";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState } from "../../parts/states";
import { oneLine, pretty, wholeText } from "../datasets/values";
import { Loading } from "../trace/Loading";
import { SharedFrame } from "./SharedFrame";
import classes from "./shared.module.css";

/** A shared dataset with its examples. */
export function SharedDataset({ token }: { token: string }) {
  const path = `public/${encodeURIComponent(token)}`;
  const { data, error, refetch } = useQuery({
    queryKey: ["shared", token, "dataset"],
    queryFn: ({ signal }) => get<Dataset>(`${path}/dataset`, {}, signal),
  });
  return (
    <SharedFrame title={data?.name ?? "Shared dataset"}>
      {data ? (
        <div className={classes.scroll}>
          <p className={classes.head}>
            <span>{plural(data.example_count, "example")}</span>
            <span title={exactTime(data.modified_at)}>changed {ago(data.modified_at)}</span>
            {data.description && (
              <span className={classes.description} dir="auto">
                {data.description}
              </span>
            )}
          </p>
          <Examples token={token} path={`${path}/examples`} />
        </div>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </SharedFrame>
  );
}

function Examples({ token, path }: { token: string; path: string }) {
  const query = useInfiniteQuery({
    queryKey: ["shared", token, "examples"],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Example>>(path, { limit: 100, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  if (query.error && !query.data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  const examples = query.data.pages.flatMap((page) => page.items);
  if (examples.length === 0)
    return <EmptyState icon={Database} title="This dataset has no examples yet" />;
  return (
    <>
      <ul className={classes.examples} aria-label="Examples">
        {examples.map((example) => (
          <ExampleItem key={example.id} example={example} />
        ))}
      </ul>
      {query.hasNextPage && (
        <p className={classes.more}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show further examples
          </Button>
        </p>
      )}
    </>
  );
}

function ExampleItem({ example }: { example: Example }) {
  const [open, setOpen] = useState(false);
  return (
    <li className={classes.example}>
      <button
        type="button"
        className={classes.line}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={14} strokeWidth={1.75} aria-hidden className={classes.arrow} />
        <span className="ellipsis" dir="auto">
          {oneLine(example.inputs) || "–"}
        </span>
        <span className={`${classes.output} ellipsis`} dir="auto">
          {oneLine(example.outputs) || "–"}
        </span>
      </button>
      {open && (
        <div className={classes.parts}>
          <Part name="Inputs" text={wholeText(example.inputs)} />
          <Part name="Outputs" text={wholeText(example.outputs)} />
          <Part name="Metadata" text={pretty(example.metadata)} />
        </div>
      )}
    </li>
  );
}

function Part({ name, text }: { name: string; text: string }) {
  if (!text || text === "{}") return null;
  return (
    <section>
      <h2 className={classes.partName}>{name}</h2>
      <pre className={classes.text} dir="auto">
        {text}
      </pre>
    </section>
  );
}
