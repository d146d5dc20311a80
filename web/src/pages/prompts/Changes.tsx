import { useQuery } from "@tanstack/react-query";
import { useAddress } from "../../address";
import { Choice } from "../../parts/Field";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { WordDiff } from "../../trace/parts/WordDiff";
import classes from "./content.module.css";
import { type Change, diffQuery, type Prompt, type Version, type VersionDetail } from "./queries";

interface Props {
  prompt: Prompt;
  version: VersionDetail;
  rows: readonly Version[];
}

/** What a version changed, against the one before or any other. */
export function Changes({ prompt, version, rows }: Props) {
  const [search, change] = useAddress();
  const asked = search.against;
  const others = rows.filter((one) => one.version !== version.version);
  const usual = version.version > 1 ? String(version.version - 1) : undefined;
  const against = others.some((one) => String(one.version) === asked) ? asked : usual;
  const diff = useQuery({
    ...diffQuery(prompt.name, against ?? "", String(version.version)),
    enabled: against !== undefined,
  });
  return (
    <div className={classes.changes}>
      {others.length > 0 && (
        <div className={classes.against}>
          <Choice
            label="Compared with"
            value={against ?? ""}
            options={[
              ...(against === undefined ? [{ value: "", label: "choose a version" }] : []),
              ...others.map((one) => ({
                value: String(one.version),
                label: [`Version ${one.version}`, one.labels.join(", ")].filter(Boolean).join(": "),
              })),
            ]}
            onChange={(next) => change({ against: next === usual ? undefined : next })}
          />
        </div>
      )}
      {against === undefined ? (
        <EmptyState title="This is the first version">
          What a later version changes is shown here.
        </EmptyState>
      ) : diff.error ? (
        <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />
      ) : !diff.data ? (
        <Skeleton height={120} />
      ) : diff.data.changes.length === 0 ? (
        <EmptyState title={`Versions ${against} and ${version.version} say the same`} />
      ) : (
        <ul className={classes.changeList} aria-label="What differs">
          {diff.data.changes.map((one) => (
            <li key={`${one.path} ${one.kind}`}>
              <h3>
                {placeOf(one.path)}
                <span className={classes.changeKind} data-kind={one.kind}>
                  {one.kind}
                </span>
              </h3>
              <OneChange change={one} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function OneChange({ change }: { change: Change }) {
  const { before, after } = change;
  if (isShort(before) && isShort(after)) {
    return (
      <p>
        <del className={classes.before}>{textOf(before) || "nothing"}</del> →{" "}
        <ins className={classes.after}>{textOf(after) || "nothing"}</ins>
      </p>
    );
  }
  return <WordDiff a={textOf(change.before)} b={textOf(change.after)} />;
}

/** Numbers, switches and nothing: set beside each other, not compared by letters. */
function isShort(value: unknown): boolean {
  return value === null || value === undefined || ["number", "boolean"].includes(typeof value);
}

/** `messages.0.content` is the content of message 1. */
function placeOf(path: string): string {
  const message = /^messages\.(\d+)(?:\.(.+))?$/.exec(path);
  if (!message) return path;
  const [, at, rest] = message;
  const which = `Message ${Number(at) + 1}`;
  return !rest || rest === "content" ? which : `${which}, ${rest}`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  const { role, content } = value as { role?: unknown; content?: unknown };
  if (typeof role === "string" && typeof content === "string") return `${role}\n${content}`;
  return JSON.stringify(value, null, 2);
}
