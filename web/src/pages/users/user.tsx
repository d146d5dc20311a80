import { useParams } from "@tanstack/react-router";
import { useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { CopyButton } from "../../parts/CopyButton";
import { TimeRange } from "../../parts/TimeRange";
import { readRange, writeRange } from "../../timeRange";
import { ForgetUser } from "./ForgetUser";
import { UserChart } from "./UserChart";
import { UserFacts } from "./UserFacts";
import { UserSessions } from "./UserSessions";
import { UserTraces } from "./UserTraces";
import classes from "./users.module.css";

/** One user: what they did, what it cost, how it went. */
export default function UserPage() {
  const { project, userId } = useParams({ strict: false }) as { project: string; userId: string };
  const [search, change] = useAddress();
  const range = readRange(search);
  const own = { project, userId, range };

  return (
    <Page
      crumbs={[
        {
          label: "Users",
          link: { to: "/p/$project/users", params: { project }, search: writeRange(range) },
        },
        { label: userId },
      ]}
      back={{ to: "/p/$project/users", params: { project }, search: writeRange(range) }}
      actions={
        <>
          <TimeRange range={range} onChange={(next) => change(writeRange(next))} />
          <ShareButton />
        </>
      }
    >
      <div className={classes.headline}>
        <h2 className={`${classes.userName} ellipsis`} title={userId}>
          {userId}
        </h2>
        <CopyButton text={userId} label="Copy the user's id" />
        <ForgetUser project={project} userId={userId} />
      </div>
      <UserFacts {...own} />
      <UserChart {...own} onRange={(next) => change(writeRange(next))} />
      <UserSessions {...own} />
      <UserTraces {...own} />
    </Page>
  );
}
