import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type Release, releaseQuery } from "../../api/releases";
import { ago, exactTime } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { Fetched } from "../../parts/Fetched";
import { ArmTable } from "./ArmTable";
import { Differences } from "./Differences";
import { Moves } from "./Moves";
import { PairList } from "./PairList";
import { ReleaseMark } from "./ReleaseMark";
import classes from "./releases.module.css";
import { Stages } from "./Stages";
import { Trail } from "./Trail";
import { KINDS } from "./words";

const ALL = { to: "/releases" } as const;

/** One release: its stages, what its arms were like, what separates them, and who did what. */
export default function ReleasePage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const answer = useQuery(releaseQuery(name));
  return (
    <Page
      global
      crumbs={[{ label: "Releases", link: ALL }, { label: name }]}
      back={ALL}
      actions={
        <>
          {answer.data && <Moves release={answer.data} />}
          <ShareButton />
        </>
      }
    >
      <Fetched answer={answer} missing="There is no such release" all={ALL} word="All releases">
        {(release) => <Body release={release} />}
      </Fetched>
    </Page>
  );
}

function Body({ release }: { release: Release }) {
  const { figures } = release;
  return (
    <div className={classes.page}>
      <p className={classes.head}>
        <ReleaseMark release={release} />
        <span>
          {KINDS[release.kind]} on <b dir="auto">{release.route}</b>
        </span>
        <span title={exactTime(release.created_at)}>
          begun {ago(release.created_at)}
          {release.created_by && ` by ${release.created_by}`}
        </span>
        {release.looked_at && (
          <span title={exactTime(release.looked_at)}>looked at {ago(release.looked_at)}</span>
        )}
      </p>
      {release.note && (
        <p className={classes.wrong} role="alert">
          {release.note}
        </p>
      )}
      {release.kind === "staged" && <Stages release={release} />}
      <p className={classes.sentence}>
        {figures?.sentence ?? "Nothing was seen of it yet: figures stand here after the next look."}
      </p>
      {figures?.mismatch?.is_suspect && (
        <p className={classes.wrong} role="alert">
          The arms do not have the sizes that their shares would give them.
        </p>
      )}
      {figures && (
        <>
          <ArmTable arms={figures.arms} />
          <Differences differences={figures.differences} first={figures.arms[0]?.arm ?? ""} />
        </>
      )}
      <Trail release={release} />
      {release.shadow && <PairList release={release} />}
    </div>
  );
}
