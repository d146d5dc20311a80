import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FilterX, ListTree, MessagesSquare, SearchX } from "lucide-react";
import type { Search } from "../../address";
import { type Condition, conditionText, joined } from "../../filter/conditions";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { EmptyState } from "../../parts/states";
import { rangeName, writeRange } from "../../timeRange";
import { totalsQuery } from "./queries";
import type { Question, TableState } from "./state";
import classes from "./traces.module.css";

interface Props {
  state: TableState;
  question: Question;
  /** What is wrong with the filter. */
  problem: string | null;
  onAddress: (patch: Search) => void;
  onChips: (chips: readonly Condition[]) => void;
}

/** No rows: because of the filter, because of the time, or because nothing ever came. */
export function EmptyTable(props: Props) {
  const { state, question, problem } = props;
  const everything = { ...question, filter: "" };
  const { data: inRange } = useQuery({
    ...totalsQuery(everything),
    enabled: question.filter !== "" && problem === null,
  });
  const { data: ever } = useQuery(totalsQuery({ ...everything, bounds: {} }));
  const { scope } = question;

  if (problem !== null)
    return (
      <EmptyState icon={FilterX} title="The filter cannot be read">
        {problem}
      </EmptyState>
    );
  if (question.filter && (inRange?.count ?? 0) > 0)
    return <ByFilter {...props} all={inRange?.count ?? 0} />;
  if (!ever) return null;
  if (ever.count === 0 && scope === "sessions") return <NoSessions />;
  if (ever.count === 0)
    return (
      <EmptyState
        icon={ListTree}
        title={`No ${scope} in this project yet`}
        action={
          <Link to="/onboarding" className={classes.emptyLink}>
            Send the first trace
          </Link>
        }
      >
        Each run of your application shows up here the moment it is received.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={SearchX}
      title={`No ${scope} in this time`}
      action={
        <Button
          onClick={() =>
            props.onAddress({ ...writeRange({ kind: "relative", span: "all" }), around: undefined })
          }
        >
          Show all time
        </Button>
      }
    >
      {rangeName(state.range)} holds none; the project has{" "}
      {plural(ever.count, scope.slice(0, -1), scope)} in all.
    </EmptyState>
  );
}

/** Traces may well be there: a session has to be named by them. */
function NoSessions() {
  return (
    <EmptyState icon={MessagesSquare} title="No sessions in this project yet">
      A session is known by the attribute <code>session.id</code> of its traces; in Python:{" "}
      <code>ph.session("conversation-1")</code>.
    </EmptyState>
  );
}

/** Which part of the filter leaves how many out, and a way to drop it. */
function ByFilter({ state, question, onAddress, onChips, all }: Props & { all: number }) {
  const { chips, bar } = state;
  const { scope } = question;
  return (
    <EmptyState icon={SearchX} title={`No ${scope} match the filter`}>
      <p>There are {count(all)} without it. What each part would let through if it were dropped:</p>
      <ul className={classes.parts}>
        {bar.trim() && (
          <Part
            text={bar.trim()}
            question={{ ...question, filter: joined("", chips) }}
            onDrop={() => onAddress({ filter: undefined })}
          />
        )}
        {chips.map((chip) => {
          const rest = chips.filter((one) => one !== chip);
          return (
            <Part
              key={conditionText(chip)}
              text={conditionText(chip)}
              question={{ ...question, filter: joined(bar, rest) }}
              onDrop={() => onChips(rest)}
            />
          );
        })}
      </ul>
    </EmptyState>
  );
}

interface PartProps {
  text: string;
  question: Question;
  onDrop: () => void;
}

function Part({ text, question, onDrop }: PartProps) {
  const { data } = useQuery(totalsQuery(question));
  return (
    <li className={classes.part}>
      <code className="ellipsis">{text}</code>
      <span className="num">{count(data?.count)}</span>
      <Button small onClick={onDrop}>
        Drop
      </Button>
    </li>
  );
}
