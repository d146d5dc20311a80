import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { History, Plus, X } from "lucide-react";
import { type FormEvent, useCallback, useState } from "react";
import { useAddress } from "../../address";
import { send } from "../../api/client";
import { DATASETS, type Dataset, type DatasetVersion, versionsQuery } from "../../api/evaluation";
import { count, exactTime, time } from "../../format";
import { Button } from "../../parts/Button";
import { focusOn } from "../../parts/focus";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { RowTick } from "../../parts/RowTick";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import classes from "./datasets.module.css";
import { VersionDiff } from "./VersionDiff";
import own from "./versions.module.css";

/** The versions of a dataset with their tags; two of them can be compared. */
export function Versions({ dataset }: { dataset: Dataset }) {
  const [search, change] = useAddress();
  const versions = useInfiniteQuery(versionsQuery(dataset.id));
  const { fetchNextPage } = versions;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const rows = versions.data?.pages.flatMap((page) => page.items);
  const { from, to } = search;

  if (versions.error) return <ErrorState error={versions.error} onRetry={versions.refetch} />;
  if (!rows) return <WaitingRows rows={1} />;
  if (rows.length === 0)
    return (
      <EmptyState icon={History} title="No versions yet">
        Every change to the examples makes one.
      </EmptyState>
    );

  function choose(version: string) {
    const chosen = [from, to].filter((one): one is string => !!one);
    const next = chosen.includes(version)
      ? chosen.filter((one) => one !== version)
      : [...chosen.slice(-1), version];
    const [older, newer] = next.toSorted();
    change({ from: older, to: newer });
  }

  return (
    <>
      {from && to ? (
        <VersionDiff
          key={`${from} ${to}`}
          dataset={dataset}
          from={from}
          to={to}
          onClose={() => change({ from: undefined, to: undefined })}
        />
      ) : (
        <div className={classes.bar}>
          <span className={classes.quiet}>
            {from
              ? "Select another version to see what differs."
              : "Select two versions to see what differs."}
          </span>
        </div>
      )}
      <div role="list" aria-label="Versions">
        {rows.map((version, at) => (
          <VersionRow
            key={version.version}
            dataset={dataset}
            version={version}
            chosen={version.version === from || version.version === to}
            onChoose={() => choose(version.version)}
            onChanges={() => {
              const before = rows[at + 1]?.version ?? justBefore(version.version);
              change({ from: before, to: version.version });
            }}
            onRead={() => change({ tab: undefined, asof: at === 0 ? undefined : version.version })}
          />
        ))}
      </div>
      {versions.hasNextPage && <MoreOnSight loading={versions.isFetchingNextPage} onMore={more} />}
    </>
  );
}

/** A moment before the version, for what stood there when it was the first. */
function justBefore(version: string): string {
  return new Date(Date.parse(version) - 1000).toISOString();
}

interface RowProps {
  dataset: Dataset;
  version: DatasetVersion;
  chosen: boolean;
  onChoose: () => void;
  onChanges: () => void;
  onRead: () => void;
}

function VersionRow({ dataset, version, chosen, onChoose, onChanges, onRead }: RowProps) {
  return (
    <div className={own.versionRow} role="listitem" data-chosen={chosen || undefined}>
      <span className={own.tick}>
        <RowTick
          label={`Select the version of ${time(version.version)}`}
          checked={chosen}
          onChange={onChoose}
        />
      </span>
      <span title={exactTime(version.version)}>{time(version.version)}</span>
      <span>
        <Changes version={version} />
        {version.note && <span className={classes.quiet}> {version.note}</span>}
        {version.created_by && <span className={classes.quiet}> by {version.created_by}</span>}
      </span>
      <Tags dataset={dataset} version={version} />
      <span className={classes.formActions}>
        <Button small look="quiet" onClick={onChanges}>
          Changes
        </Button>
        <Button small look="quiet" onClick={onRead}>
          Examples
        </Button>
      </span>
    </div>
  );
}

function Changes({ version }: { version: DatasetVersion }) {
  const { added, modified, removed } = version;
  if (added + modified + removed === 0) return <span className={classes.quiet}>no change</span>;
  return (
    <span className={own.changes}>
      {added > 0 && <span className={own.added}>{count(added)} added</span>}
      {modified > 0 && <span>{count(modified)} changed</span>}
      {removed > 0 && <span className={own.removed}>{count(removed)} removed</span>}
    </span>
  );
}

function Tags({ dataset, version }: { dataset: Dataset; version: DatasetVersion }) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const path = (tag: string) =>
    `datasets/${encodeURIComponent(dataset.id)}/tags/${encodeURIComponent(tag)}`;
  const settled = {
    onSuccess: () => {
      setTyped(null);
      return queries.invalidateQueries({ queryKey: [DATASETS] });
    },
  };
  const setting = useMutation({
    mutationFn: (tag: string) => send("PUT", path(tag), { version: version.version }),
    ...settled,
  });
  const removing = useMutation({
    mutationFn: (tag: string) => send("DELETE", path(tag)),
    ...settled,
  });
  const problem = setting.error ?? removing.error;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (typed?.trim()) setting.mutate(typed.trim());
  }
  return (
    <span className={own.tagList}>
      {version.tags.map((tag) => (
        <span key={tag} className={classes.split}>
          {tag}
          {tag !== "latest" && (
            <button
              type="button"
              aria-label={`Remove the tag ${tag}`}
              className={own.untag}
              onClick={() => removing.mutate(tag)}
            >
              <X size={11} aria-hidden />
            </button>
          )}
        </span>
      ))}
      {typed === null ? (
        <Button
          small
          look="quiet"
          icon={Plus}
          aria-label={`Tag the version of ${time(version.version)}`}
          title="Tag: names this version, and moves here if it names another"
          onClick={() => setTyped("")}
        />
      ) : (
        <form onSubmit={submit}>
          <input
            className={classes.tagField}
            aria-label="Tag"
            placeholder="Tag"
            value={typed}
            maxLength={200}
            ref={focusOn}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Escape" && setTyped(null)}
            onBlur={() => !typed.trim() && setTyped(null)}
          />
        </form>
      )}
      {problem && (
        <span className={classes.problem} role="alert">
          {problem.message}
        </span>
      )}
    </span>
  );
}
