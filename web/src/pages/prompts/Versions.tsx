import type { InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import type { Page } from "../../api/types";
import { ago, exactTime } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import classes from "./prompts.module.css";
import type { Prompt, Version } from "./queries";

type Pages = ReturnType<typeof useInfiniteQuery<Page<Version>, Error, InfiniteData<Page<Version>>>>;

interface Props {
  prompt: Prompt;
  versions: Pick<
    Pages,
    "data" | "error" | "refetch" | "hasNextPage" | "isFetchingNextPage" | "fetchNextPage"
  >;
  rows: readonly Version[];
  chosen: number | undefined;
  onChoose: (version: number) => void;
}

/** The versions of a prompt, the newest first, with what points at them. */
export function Versions({ prompt, versions, rows, chosen, onChoose }: Props) {
  if (versions.error) {
    return (
      <aside className={classes.versions} aria-label="Versions">
        <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />
      </aside>
    );
  }
  return (
    <aside className={classes.versions} aria-label={`Versions of ${prompt.name}`}>
      {!versions.data ? (
        <div className={classes.waitingPage} aria-busy>
          <Skeleton height={40} />
          <Skeleton height={40} />
        </div>
      ) : rows.length === 0 ? (
        <p className={classes.none}>No version yet: write the first.</p>
      ) : (
        <ol>
          {rows.map((version) => (
            <li key={version.id}>
              <button
                type="button"
                className={classes.version}
                aria-current={version.version === chosen ? "true" : undefined}
                onClick={() => onChoose(version.version)}
              >
                <span className={classes.versionLine}>
                  <b>{version.version}</b>
                  {version.labels.map((label) => (
                    <span key={label} className={classes.label}>
                      {label}
                    </span>
                  ))}
                  <span className={classes.when} title={exactTime(version.created_at)}>
                    {ago(version.created_at)}
                  </span>
                </span>
                <span className={`${classes.versionNote} ellipsis`} dir="auto">
                  {version.description || <code>{version.hash.slice(0, 8)}</code>}
                  {version.created_by && ` · ${version.created_by}`}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {versions.hasNextPage && (
        <Button
          small
          disabled={versions.isFetchingNextPage}
          onClick={() => void versions.fetchNextPage()}
        >
          Older versions
        </Button>
      )}
    </aside>
  );
}
