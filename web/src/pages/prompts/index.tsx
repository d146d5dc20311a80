import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Heart, Plus, TextQuote } from "lucide-react";
import { useEffect, useState } from "react";
import { oneOf, useAddress } from "../../address";
import { ago, count, exactTime, plural } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { MoreOnSight } from "../../parts/MoreOnSight";
import { EmptyState, ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { WaitingRows } from "../../parts/WaitingRows";
import { useRowKeys } from "../annotation/useRowKeys";
import { NewPrompt } from "./NewPrompt";
import classes from "./prompts.module.css";
import { type Prompt, promptsQuery } from "./queries";

const KINDS = ["prompt", "agent", "skill"] as const;
const NAMES = { prompt: "Prompts", agent: "Agents", skill: "Skills" } as const;

/** All prompts, the last changed first. */
export default function PromptsPage() {
  const [search, change] = useAddress();
  const find = search.find ?? "";
  const kind = oneOf(search.kind, KINDS);
  const archived = search.archived === "1";
  const prompts = useInfiniteQuery(
    promptsQuery({ query: find, kind, tag: search.tag, is_archived: archived }),
  );
  const rows = prompts.data?.pages.flatMap((page) => page.items);
  const make = () => change({ new: "1" });
  useKeys("Prompts", [{ key: "n", what: "New prompt", run: make }]);
  const narrowed = Boolean(find || search.tag || archived || kind !== "prompt");

  return (
    <Page
      crumbs={[{ label: "Prompts" }]}
      global
      actions={
        <>
          <Button icon={Plus} onClick={make} title="New prompt  n">
            New prompt
          </Button>
          <ShareButton />
        </>
      }
    >
      <NewPrompt opened={search.new !== undefined} onClose={() => change({ new: undefined })} />
      {(narrowed || (rows && rows.length > 0)) && (
        <div className={classes.bar}>
          <Find value={find} onChange={(next) => change({ find: next || undefined }, "typing")} />
          <div className={classes.kinds} role="group" aria-label="Kind">
            {KINDS.map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={one === kind}
                onClick={() => change({ kind: one === "prompt" ? undefined : one })}
              >
                {NAMES[one]}
              </button>
            ))}
          </div>
          <Button
            small
            aria-pressed={archived}
            onClick={() => change({ archived: archived ? undefined : "1" })}
          >
            Put away
          </Button>
          {search.tag && (
            <Button small onClick={() => change({ tag: undefined })} title="Show all tags">
              tag {search.tag} ×
            </Button>
          )}
          {rows && (
            <span className={classes.counted} aria-live="polite">
              {prompts.hasNextPage ? "the first " : ""}
              {plural(rows.length, kind)}
            </span>
          )}
        </div>
      )}
      {prompts.error ? (
        <ErrorState error={prompts.error} onRetry={() => void prompts.refetch()} />
      ) : !rows ? (
        <WaitingRows rows={4} head={12} />
      ) : rows.length === 0 && narrowed ? (
        <EmptyState
          title={find ? `Nothing here is called “${find}”` : "Nothing of this kind is here"}
          action={
            <Button
              onClick={() =>
                change({ find: undefined, tag: undefined, archived: undefined, kind: undefined })
              }
            >
              Show all prompts
            </Button>
          }
        />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={TextQuote}
          title="There is no prompt yet"
          action={
            <Button look="primary" icon={Plus} onClick={make}>
              New prompt
            </Button>
          }
        >
          A prompt is kept outside the code, in versions that never change; labels such as
          “production” say which one is used. LangSmith's <code>push_prompt</code> writes here too.
        </EmptyState>
      ) : (
        <>
          <PromptTable prompts={rows} onTag={(tag) => change({ tag })} />
          {prompts.hasNextPage && (
            <MoreOnSight
              loading={prompts.isFetchingNextPage}
              onMore={() => void prompts.fetchNextPage()}
            />
          )}
        </>
      )}
    </Page>
  );
}

interface TableProps {
  prompts: readonly Prompt[];
  onTag: (tag: string) => void;
}

function PromptTable({ prompts, onTag }: TableProps) {
  const body = useRowKeys("Prompts");
  return (
    <table className={`${table.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={classes.wideOnly}>
            Tags
          </th>
          <th scope="col" className={table.number}>
            Versions
          </th>
          <th scope="col" className={`${table.number} ${classes.wideOnly}`}>
            Likes
          </th>
          <th scope="col" className={`${table.number} ${classes.ends}`}>
            Changed
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {prompts.map((prompt) => (
          <tr key={prompt.id} className={table.row}>
            <td>
              <Link
                to="/prompts/$name"
                params={{ name: prompt.name }}
                className={table.rowLink}
                title={prompt.name}
              >
                {prompt.name}
              </Link>
              {prompt.description && (
                <span className={classes.rowNote} title={prompt.description} dir="auto">
                  {prompt.description}
                </span>
              )}
            </td>
            <td className={classes.wideOnly}>
              {prompt.tags.map((tag) => (
                <button
                  key={tag}
                  type="button"
                  className={classes.tag}
                  onClick={() => onTag(tag)}
                  title={`Show what has the tag ${tag}`}
                >
                  {tag}
                </button>
              ))}
            </td>
            <td className={table.number}>{count(prompt.versions)}</td>
            <td className={`${table.number} ${classes.wideOnly}`}>
              {prompt.likes > 0 && (
                <>
                  {count(prompt.likes)} <Heart size={12} strokeWidth={1.75} aria-hidden />
                </>
              )}
            </td>
            <td className={`${table.number} ${classes.ends}`} title={exactTime(prompt.updated_at)}>
              {ago(prompt.updated_at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Find({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), 200);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <input
      className={classes.find}
      type="search"
      placeholder="Find by name or text"
      aria-label="Find by name or text"
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
