import { Button } from "../../parts/Button";
import { WaitingPage } from "../../parts/Fetched";
import type { List } from "../../parts/Listed";
import { ErrorState } from "../../parts/states";
import { VersionButton } from "../../parts/VersionButton";
import classes from "./prompts.module.css";
import type { Prompt, Version } from "./queries";

interface Props {
  prompt: Prompt;
  versions: List<Version>;
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
        <WaitingPage />
      ) : rows.length === 0 ? (
        <p className={classes.none}>No version yet: write the first.</p>
      ) : (
        <ol>
          {rows.map((version) => (
            <li key={version.id}>
              <VersionButton
                version={version.version}
                createdAt={version.created_at}
                chosen={version.version === chosen}
                onChoose={() => onChoose(version.version)}
                note={
                  <>
                    {version.description || <code>{version.hash.slice(0, 8)}</code>}
                    {version.created_by && ` · ${version.created_by}`}
                  </>
                }
              >
                {version.labels.map((label) => (
                  <span key={label} className={classes.label}>
                    {label}
                  </span>
                ))}
              </VersionButton>
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
