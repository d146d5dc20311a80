import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { percent, plural, UNKNOWN } from "../../format";
import { agreementOf, rangeOf } from "./agreement";
import classes from "./evaluators.module.css";
import { type Evaluator, humanScoresQuery, verdictsQuery } from "./queries";

interface Props {
  project: string;
  evaluator: Evaluator;
}

/** The share of verdicts that people agree with, where people scored the same by the same name. */
export function AgreementFigure({ project, evaluator }: Props) {
  const { data: people } = useQuery({
    ...humanScoresQuery(project, evaluator.name),
    enabled: evaluator.verdicts > 0,
  });
  const { data: verdicts } = useInfiniteQuery({
    ...verdictsQuery(evaluator.id, project, "ok"),
    enabled: (people?.length ?? 0) > 0,
  });
  if (!people || !verdicts) return UNKNOWN;
  const agreement = agreementOf(
    verdicts.pages.flatMap((page) => page.items),
    people,
  );
  const { both, same } = agreement;
  if (both === 0) return UNKNOWN;
  const [low, high] = rangeOf(agreement);
  const range = `${percent(low, 0)} to ${percent(high, 0)}`;
  return (
    <span
      title={`${same} of ${plural(both, "verdict")} say what people said, among the newest that both scored; 95 % interval ${range}`}
    >
      {percent(same / both, 0)}{" "}
      <span className={classes.range} aria-hidden>
        {Math.round(low * 100)}–{Math.round(high * 100)}
      </span>
      <span className="hidden-text">
        of {plural(both, "verdict")}, 95 % interval {range}
      </span>
    </span>
  );
}
