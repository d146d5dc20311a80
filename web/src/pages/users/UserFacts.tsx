import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Page, UserRow } from "../../api/types";
import { compact, cost, count, exactTime, percent, time } from "../../format";
import { ScorePill } from "../../parts/ScorePill";
import { ErrorState, Skeleton } from "../../parts/states";
import { type OfUser, paramsOf } from "./ofUser";
import { failsOften, meanOf } from "./userRow";
import classes from "./users.module.css";

/** The sums of one user in one line. */
export function UserFacts(own: OfUser) {
  const params = paramsOf(own, 1);
  const { data, error, refetch } = useQuery({
    queryKey: keys.users(params),
    queryFn: ({ signal }) => get<Page<UserRow>>("users", params, signal),
    placeholderData: (before) => before,
  });
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  const user = data?.items[0];
  if (!user) {
    return (
      <div className={classes.facts}>
        {data ? "Nothing of this user in this time." : <Skeleton width={320} height={20} />}
      </div>
    );
  }
  const share = user.trace_count ? user.error_count / user.trace_count : null;
  return (
    <div className={classes.facts}>
      <Fact label="traces">{count(user.trace_count)}</Fact>
      <Fact label="sessions">{count(user.session_count)}</Fact>
      <Fact label="failed" bad={failsOften(user)}>
        {percent(share)}
      </Fact>
      <Fact label="tokens">{compact(user.usage?.total_tokens)}</Fact>
      <Fact label="cost">{cost(user.cost?.total)}</Fact>
      {user.scores?.map((score) => (
        <Fact key={score.name} label={score.name}>
          <ScorePill score={meanOf(user, score.name)} />
        </Fact>
      ))}
      <Fact label="first seen" title={exactTime(user.first_seen_at)}>
        {time(user.first_seen_at, false)}
      </Fact>
      <Fact label="last seen" title={exactTime(user.last_seen_at)}>
        {time(user.last_seen_at, false)}
      </Fact>
    </div>
  );
}

interface FactProps {
  label: string;
  children: ReactNode;
  bad?: boolean;
  title?: string;
}

function Fact({ label, children, bad, title }: FactProps) {
  return (
    <span className={classes.fact} data-bad={bad || undefined} title={title}>
      {label} <b>{children}</b>
    </span>
  );
}
