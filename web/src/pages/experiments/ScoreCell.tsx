import { Tooltip } from "@mantine/core";
import { Fragment } from "react";
import type { Run } from "../../api/evaluation";
import type { Score } from "../../api/types";
import { score, UNKNOWN } from "../../format";
import { ScorePill } from "../../parts/ScorePill";
import shared from "./experiments.module.css";
import classes from "./rows.module.css";
import { letterOf, scoresOf, wayOf } from "./sides";

interface Props {
  name: string;
  base: readonly Run[];
  /** The runs of the experiments that stand against it; none where there is but one. */
  others: readonly (readonly Run[])[];
  lowerIsBetter: boolean;
}

/** A score of one example: the value, or how it changed, with the reasons on hover and focus. */
export function ScoreCell({ name, base, others, lowerIsBetter }: Props) {
  const first = scoresOf(base, name);
  if (others.length === 0)
    return (
      <td data-number data-label={name}>
        <Reason letter="" name={name} scores={first.all}>
          {first.all.length === 1 && !failed(first) ? (
            <ScorePill score={{ ...(first.all[0] as Score), comment: null }} />
          ) : (
            <Shown of={first} />
          )}
        </Reason>
      </td>
    );
  const several = others.length > 1;
  const baseline = (
    <Reason letter="A" name={name} scores={first.all}>
      <Shown of={first} />
    </Reason>
  );
  return (
    <td data-number data-label={name}>
      {several && (
        <div>
          <span className={shared.quiet}>A</span> {baseline}
        </div>
      )}
      {others.map((runs, at) => {
        const other = scoresOf(runs, name);
        const difference =
          first.mean === null || other.mean === null ? null : other.mean - first.mean;
        const way = wayOf(difference, lowerIsBetter);
        const letter = letterOf(at + 1);
        return (
          <div key={letter}>
            {several ? <span className={shared.quiet}>{letter}</span> : <>{baseline} →</>}{" "}
            <Reason letter={letter} name={name} scores={other.all}>
              <span
                className={
                  way === "better" ? shared.good : way === "worse" ? shared.bad : undefined
                }
              >
                <Shown of={other} />
              </span>
            </Reason>
          </div>
        );
      })}
    </td>
  );
}

type Scored = ReturnType<typeof scoresOf>;

/** Whether an evaluator was asked and came to no verdict. */
function failed({ all, mean }: Scored): boolean {
  return mean === null && all.some((one) => one.status === "error");
}

function Shown({ of }: { of: Scored }) {
  if (of.mean !== null) return score(of.mean);
  if (failed(of)) return <span className={classes.failed}>failed</span>;
  return of.all[0]?.label ?? UNKNOWN;
}

/** Who gave a score: a judge's own name, else what kind of giver it was. */
function giverOf({ identifier, source }: Score): string {
  return identifier && !UUID.test(identifier) ? identifier : source;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface ReasonProps {
  letter: string;
  name: string;
  scores: readonly Score[];
  children: React.ReactNode;
}

/** Who gave the score, and why. */
function Reason({ letter, name, scores, children }: ReasonProps) {
  if (scores.length === 0) return <span className={shared.quiet}>{children}</span>;
  return (
    <Tooltip
      multiline
      withinPortal
      events={{ hover: true, focus: true, touch: true }}
      label={
        <div className={classes.reason}>
          {scores.map((one) => (
            <Fragment key={one.id}>
              <b>
                {name} {one.value === null ? (one.label ?? UNKNOWN) : score(one.value)}
              </b>{" "}
              {[letter, giverOf(one), one.evaluator_version && `version ${one.evaluator_version}`]
                .filter(Boolean)
                .join(", ")}
              {one.error ? <p>{one.error}</p> : <p>{one.comment || "No comment was given."}</p>}
            </Fragment>
          ))}
        </div>
      }
    >
      <button type="button" className={classes.scoreButton}>
        {children}
      </button>
    </Tooltip>
  );
}
