import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { GitCommitVertical, Plus } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ApiError } from "../../api/client";
import { itemsOf } from "../../api/pages";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { Fetched, WaitingPage } from "../../parts/Fetched";
import { ScrollBox } from "../../parts/ScrollBox";
import { EmptyState, ErrorState } from "../../parts/states";
import { panelOf, Tabs } from "../../parts/Tabs";
import { Changes } from "./Changes";
import { Content } from "./Content";
import { Editor } from "./Editor";
import { LabelBar } from "./LabelBar";
import { Measures } from "./Measures";
import { PromptHead } from "./PromptHead";
import classes from "./prompts.module.css";
import {
  type Prompt,
  promptQuery,
  type Version,
  type VersionDetail,
  versionQuery,
  versionsQuery,
} from "./queries";
import { Try } from "./Try";
import { UseIt } from "./UseIt";
import { Versions } from "./Versions";

const TABS = ["content", "changes", "measures", "try", "use", "edit"] as const;
type Tab = (typeof TABS)[number];
const NAMES: Record<Tab, string> = {
  content: "Prompt",
  changes: "Changes",
  measures: "Metrics",
  try: "Fill in",
  use: "Use in code",
  edit: "New version",
};

/** One prompt: its versions left, the chosen one right. */
export default function PromptPage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const answer = useQuery(promptQuery(name));
  return (
    <Page
      fill
      global
      crumbs={[{ label: "Prompts", link: { to: "/prompts" } }, { label: name }]}
      back={{ to: "/prompts" }}
      actions={<ShareButton />}
    >
      <Fetched
        answer={answer}
        missing={`There is no prompt called “${name}”`}
        why="It may have been renamed or deleted."
        all={{ to: "/prompts" }}
        word="All prompts"
      >
        {(prompt) => <Body key={prompt.id} prompt={prompt} />}
      </Fetched>
    </Page>
  );
}

function Body({ prompt }: { prompt: Prompt }) {
  const [search, change] = useAddress();
  const versions = useInfiniteQuery(versionsQuery(prompt.name));
  const rows = itemsOf(versions.data) ?? [];
  const newest = rows[0];
  const isEmpty = versions.data !== undefined && !newest;
  const ref = search.version ?? (newest ? String(newest.version) : undefined);
  const shown = useQuery({
    ...versionQuery(prompt.name, ref ?? ""),
    enabled: ref !== undefined,
  });
  const tab = isEmpty ? "edit" : oneOf(search.tab, TABS);
  const show = (next: Tab) => change({ tab: next === "content" ? undefined : next });
  const versionOf = (version: number) => ({
    version: version === newest?.version ? undefined : String(version),
  });
  const choose = (version: number) => change(versionOf(version));
  const move = (by: number) => {
    const at = rows.findIndex((one) => one.version === shown.data?.version);
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) choose(next.version);
  };
  useKeys("Prompt", [
    { key: "j", what: "Older version", run: () => move(1) },
    { key: "k", what: "Newer version", run: () => move(-1) },
    { key: "p", what: "Show the prompt", run: () => show("content") },
    { key: "c", what: "Show the changes", run: () => show("changes") },
    { key: "m", what: "Show the metrics", run: () => show("measures") },
    { key: "t", what: "Fill in the variables", run: () => show("try") },
    { key: "n", what: "New version", run: () => show("edit") },
  ]);

  return (
    <>
      <PromptHead prompt={prompt} />
      <div className={classes.body}>
        <Versions
          prompt={prompt}
          versions={versions}
          rows={rows}
          chosen={tab === "edit" && isEmpty ? undefined : shown.data?.version}
          onChoose={choose}
        />
        <div className={classes.shown}>
          <Tabs
            label="Prompt"
            tabs={TABS}
            names={NAMES}
            icons={{ edit: Plus }}
            chosen={tab}
            onChoose={show}
            isShut={(one) => isEmpty && one !== "edit"}
          />
          {shown.data && tab !== "edit" && tab !== "measures" && (
            <LabelBar prompt={prompt} version={shown.data} />
          )}
          <ScrollBox className={classes.tabBody} {...panelOf(tab)}>
            {isEmpty ? (
              <Editor
                prompt={prompt}
                base={null}
                onSaved={() => change({ tab: undefined, version: undefined })}
              />
            ) : shown.error ? (
              shown.error instanceof ApiError && shown.error.status === 404 ? (
                <EmptyState
                  icon={GitCommitVertical}
                  title={`There is no version “${ref}”`}
                  action={
                    <Button onClick={() => change({ version: undefined })}>Show the newest</Button>
                  }
                />
              ) : (
                <ErrorState error={shown.error} onRetry={() => void shown.refetch()} />
              )
            ) : !shown.data ? (
              <WaitingPage />
            ) : (
              <Shown
                tab={tab}
                prompt={prompt}
                version={shown.data}
                rows={rows}
                onChoose={(next) => change({ ...versionOf(next), tab: undefined })}
                onSaved={() => change({ tab: undefined, version: undefined })}
              />
            )}
          </ScrollBox>
        </div>
      </div>
    </>
  );
}

interface ShownProps {
  tab: Tab;
  prompt: Prompt;
  version: VersionDetail;
  rows: readonly Version[];
  onChoose: (version: number) => void;
  onSaved: () => void;
}

function Shown({ tab, prompt, version, rows, onChoose, onSaved }: ShownProps) {
  switch (tab) {
    case "changes":
      return <Changes prompt={prompt} version={version} rows={rows} />;
    case "measures":
      return <Measures prompt={prompt} rows={rows} onChoose={onChoose} />;
    case "try":
      return <Try key={version.id} prompt={prompt} version={version} />;
    case "use":
      return <UseIt prompt={prompt} version={version} />;
    case "edit":
      return <Editor key={version.id} prompt={prompt} base={version} onSaved={onSaved} />;
    default:
      return <Content version={version} />;
  }
}
