import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, ExternalLink } from "lucide-react";
import type { Experiment, Run } from "../../api/evaluation";
import { count, plural, UNKNOWN } from "../../format";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { Kbd } from "../../parts/Kbd";
import { Skeleton } from "../../parts/states";
import { wholeText } from "../datasets/values";
import type { Disagreement } from "./agreement";
import classes from "./judge.module.css";
import { wholeRowQuery } from "./queries";

interface Props {
  experiment: Experiment;
  disagreements: readonly Disagreement[];
  /** How many there are where only some are read. */
  of: number;
  judge: string;
  at: number;
  onAt: (at: number) => void;
  /** Takes the choice of a cell back. */
  onAll: (() => void) | undefined;
}

/** The runs on which judge and people disagree, one by one. */
export function Reader(props: Props) {
  const { experiment, disagreements, at, onAt } = props;
  const navigate = useNavigate();
  const one = disagreements[at];
  const move = (by: number) =>
    onAt(Math.min(Math.max(0, at + by), Math.max(0, disagreements.length - 1)));
  useKeys("Disagreements", [
    { key: "j", what: "Next disagreement", run: () => move(1) },
    { key: "k", what: "Previous disagreement", run: () => move(-1) },
    {
      key: "t",
      what: "Open its trace",
      run: () =>
        one &&
        void navigate({
          to: "/p/$project/trace/$traceId",
          params: { project: experiment.project, traceId: one.trace_id },
        }),
    },
  ]);
  if (!one)
    return (
      <p className={classes.none}>
        {props.of === 0 ? "They never disagree." : "Nothing to read in this cell."}
      </p>
    );
  return (
    <section className={classes.reader} aria-label="Disagreements">
      <header>
        <h2 aria-live="polite">
          Disagreement {count(at + 1)} of {count(disagreements.length)}
        </h2>
        {props.onAll && (
          <Button small look="quiet" onClick={props.onAll}>
            Read all {count(props.of)}
          </Button>
        )}
        <span className={classes.steps}>
          <Link
            to="/p/$project/trace/$traceId"
            params={{ project: experiment.project, traceId: one.trace_id }}
            className={classes.link}
          >
            <ExternalLink size={14} strokeWidth={1.75} aria-hidden />
            Trace <Kbd>t</Kbd>
          </Link>
          <Button small icon={ChevronLeft} disabled={at === 0} onClick={() => move(-1)}>
            Previous
          </Button>
          <Button small disabled={at >= disagreements.length - 1} onClick={() => move(1)}>
            Next <ChevronRight size={14} strokeWidth={1.75} aria-hidden />
          </Button>
        </span>
      </header>
      <One key={one.trace_id} one={one} {...props} />
    </section>
  );
}

function One({ one, experiment, judge }: Props & { one: Disagreement }) {
  const { data: row, error } = useQuery(wholeRowQuery([experiment.id], one.example_id));
  const runs: readonly Run[] = row?.runs[experiment.id] ?? [];
  const run = runs.find((each) => each.trace_id === one.trace_id);
  return (
    <div className={classes.case}>
      <dl className={classes.verdicts}>
        <dt>{judge} says</dt>
        <dd>
          <b>{one.judge}</b>
          <p dir="auto">{one.judge_comment || "No reason was given."}</p>
        </dd>
        <dt>People say</dt>
        <dd>
          <b>{one.human}</b>
          <p dir="auto">{one.comment || "No reason was given."}</p>
        </dd>
      </dl>
      {error ? (
        <p className={classes.none}>The example is gone; its trace may still be there.</p>
      ) : !row ? (
        <Skeleton height={120} />
      ) : (
        <dl className={classes.texts}>
          <Text title="Input" text={wholeText(row.example.inputs)} />
          <Text title="Output" text={run?.output ?? ""} />
          <Text title="Reference" text={wholeText(row.example.outputs)} />
          {runs.length > 1 && <dt>{plural(runs.length, "repetition")}</dt>}
        </dl>
      )}
    </div>
  );
}

function Text({ title, text }: { title: string; text: string }) {
  return (
    <>
      <dt>{title}</dt>
      <dd dir="auto">{text || UNKNOWN}</dd>
    </>
  );
}
