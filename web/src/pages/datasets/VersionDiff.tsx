import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { get } from "../../api/client";
import { DATASETS, type Dataset, type DatasetDiff, type Example } from "../../api/evaluation";
import type { Page } from "../../api/types";
import { count, plural, time } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import { WordDiff } from "../../trace/parts/WordDiff";
import classes from "./datasets.module.css";
import { type Json, wholeText } from "./values";
import own from "./versions.module.css";

const SHOWN = 25;

interface Props {
  dataset: Dataset;
  from: string;
  to: string;
  onClose: () => void;
}

type Way = "added" | "modified" | "removed";
const WORDS: Record<Way, string> = { added: "added", modified: "changed", removed: "removed" };

/** What two versions do not share, word by word. */
export function VersionDiff({ dataset, from, to, onClose }: Props) {
  const [shown, setShown] = useState(SHOWN);
  const path = `datasets/${encodeURIComponent(dataset.id)}`;
  const diff = useQuery({
    queryKey: [DATASETS, "diff", dataset.id, from, to],
    queryFn: ({ signal }) =>
      get<DatasetDiff>(`${path}/versions/diff`, { from, to, limit: 1000 }, signal),
  });
  const listed: { id: string; way: Way }[] = diff.data
    ? (["modified", "added", "removed"] as const).flatMap((way) =>
        diff.data[way].map((id) => ({ id, way })),
      )
    : [];
  const visible = listed.slice(0, shown);
  const sides = useQuery({
    queryKey: [DATASETS, "diff", dataset.id, from, to, shown],
    enabled: visible.length > 0,
    queryFn: async ({ signal }) => {
      const before = visible.filter(({ way }) => way !== "added").map(({ id }) => id);
      const after = visible.filter(({ way }) => way !== "removed").map(({ id }) => id);
      const [left, right] = await Promise.all([
        examplesAt(path, before, from, signal),
        examplesAt(path, after, to, signal),
      ]);
      return { left, right };
    },
  });
  return (
    <section aria-label="Difference">
      <div className={own.diffHead}>
        <b>
          {diff.data?.from_version ? time(diff.data.from_version) : "before the first version"} →{" "}
          {diff.data?.to_version ? time(diff.data.to_version) : time(to)}
        </b>
        {diff.data && (
          <span className={own.changes}>
            <span className={own.added}>{count(diff.data.added_count)} added</span>
            <span>{count(diff.data.modified_count)} changed</span>
            <span className={own.removed}>{count(diff.data.removed_count)} removed</span>
          </span>
        )}
        <span className={classes.spread} />
        <Button small icon={X} onClick={onClose}>
          Close
        </Button>
      </div>
      {(diff.error ?? sides.error) ? (
        <ErrorState
          error={diff.error ?? sides.error}
          onRetry={() => {
            void diff.refetch();
            void sides.refetch();
          }}
        />
      ) : !diff.data || (visible.length > 0 && !sides.data) ? (
        <div className={own.diffHead} aria-busy>
          <Skeleton height={60} />
        </div>
      ) : (
        visible.map(({ id, way }) => (
          <div key={id} className={own.diffRow}>
            <span className={way === "modified" ? undefined : classes[way]}>{WORDS[way]}</span>
            <Part
              name="Inputs"
              a={sides.data?.left.get(id)?.inputs}
              b={sides.data?.right.get(id)?.inputs}
            />
            <div>
              <Part
                name="Outputs"
                a={sides.data?.left.get(id)?.outputs}
                b={sides.data?.right.get(id)?.outputs}
              />
              <Others a={sides.data?.left.get(id)} b={sides.data?.right.get(id)} />
            </div>
          </div>
        ))
      )}
      {listed.length > shown && (
        <div className={own.diffHead}>
          <Button small onClick={() => setShown(shown + SHOWN)}>
            Show more
          </Button>
          <span className={classes.quiet}>{plural(listed.length - shown, "example")} left</span>
        </div>
      )}
    </section>
  );
}

async function examplesAt(
  path: string,
  ids: readonly string[],
  asOf: string,
  signal: AbortSignal,
): Promise<Map<string, Example>> {
  if (ids.length === 0) return new Map();
  const page = await get<Page<Example>>(
    `${path}/examples`,
    { id: ids, as_of: asOf, limit: Math.min(1000, ids.length) },
    signal,
  );
  return new Map(page.items.map((one) => [one.id, one]));
}

interface PartProps {
  name: string;
  a: Json | null | undefined;
  b: Json | null | undefined;
}

function Part({ name, a, b }: PartProps) {
  const left = wholeText(a ?? null);
  const right = wholeText(b ?? null);
  return (
    <div className={own.diffPart}>
      <div className={own.partName}>
        {name} {left === right && left !== "" && "(the same)"}
      </div>
      <WordDiff a={left} b={right} />
    </div>
  );
}

/** Metadata and splits, only where they differ. */
function Others({ a, b }: { a: Example | undefined; b: Example | undefined }) {
  const metadata = [a, b].map((one) => (one ? JSON.stringify(one.metadata) : ""));
  const splits = [a, b].map((one) => (one ? one.splits.join(", ") : ""));
  return (
    <>
      {metadata[0] !== metadata[1] && a && b && (
        <Part name="Metadata" a={a.metadata} b={b.metadata} />
      )}
      {splits[0] !== splits[1] && a && b && (
        <Part name="Splits" a={{ splits: splits[0] }} b={{ splits: splits[1] }} />
      )}
    </>
  );
}
