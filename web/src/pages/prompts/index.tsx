import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Heart, Plus, TextQuote } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ago, count, exactTime } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import { FindField } from "../../parts/FindField";
import { Counted, Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import { Toggles } from "../../parts/Toggles";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import { WaitingRows } from "../../parts/WaitingRows";
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
      {(narrowed || prompts.data?.pages[0]?.items.length) && (
        <div className={classes.bar}>
          <FindField
            label="Find by name or text"
            value={find}
            onChange={(next) => change({ find: next || undefined }, "typing")}
          />
          <Toggles
            label="Kind"
            values={KINDS}
            names={NAMES}
            chosen={kind}
            onChoose={(one) => change({ kind: one === "prompt" ? undefined : one })}
          />
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
          <Counted list={prompts} what={kind} />
        </div>
      )}
      <Listed
        list={prompts}
        waiting={<WaitingRows rows={4} head={12} />}
        empty={
          narrowed ? (
            <EmptyState
              title={find ? `Nothing here is called “${find}”` : "Nothing of this kind is here"}
              action={
                <Button
                  onClick={() =>
                    change({
                      find: undefined,
                      tag: undefined,
                      archived: undefined,
                      kind: undefined,
                    })
                  }
                >
                  Show all prompts
                </Button>
              }
            />
          ) : (
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
              “production” say which one is used. LangSmith's <code>push_prompt</code> writes here
              too.
            </EmptyState>
          )
        }
      >
        {(rows) => <PromptTable prompts={rows} onTag={(tag) => change({ tag })} />}
      </Listed>
    </Page>
  );
}

interface TableProps {
  prompts: readonly Prompt[];
  onTag: (tag: string) => void;
}

function PromptTable({ prompts, onTag }: TableProps) {
  const tags: Column<Prompt> = {
    label: "Tags",
    className: table.wideOnly,
    cell: (prompt) =>
      prompt.tags.map((tag) => (
        <button
          key={tag}
          type="button"
          className={classes.tag}
          onClick={() => onTag(tag)}
          title={`Show what has the tag ${tag}`}
        >
          {tag}
        </button>
      )),
  };
  return (
    <ColumnTable
      linked
      className={classes.table}
      rows={prompts}
      keyOf={(prompt) => prompt.id}
      body={useRowKeys("Prompts")}
      columns={[NAME, tags, ...FIGURES]}
    />
  );
}

const NAME: Column<Prompt> = {
  label: "Name",
  cell: (prompt) => (
    <>
      <Link
        to="/prompts/$name"
        params={{ name: prompt.name }}
        className={table.rowLink}
        title={prompt.name}
      >
        {prompt.name}
      </Link>
      {prompt.description && (
        <span className={table.rowNote} title={prompt.description} dir="auto">
          {prompt.description}
        </span>
      )}
    </>
  ),
};

const FIGURES: readonly Column<Prompt>[] = [
  { label: "Versions", className: table.number, cell: (prompt) => count(prompt.versions) },
  {
    label: "Likes",
    className: `${table.number} ${table.wideOnly}`,
    cell: (prompt) =>
      prompt.likes > 0 && (
        <>
          {count(prompt.likes)} <Heart size={12} strokeWidth={1.75} aria-hidden />
        </>
      ),
  },
  {
    label: "Changed",
    className: `${table.number} ${classes.ends}`,
    title: (prompt) => exactTime(prompt.updated_at),
    cell: (prompt) => ago(prompt.updated_at),
  },
];
