import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { percent, plural, UNKNOWN } from "../../format";
import { agreementOf } from "./agreement";
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
  const { both, same } = agreementOf(
    verdicts.pages.flatMap((page) => page.items),
    people,
  );
  if (both === 0) return UNKNOWN;
  return (
    <span
      title={`${same} of ${plural(both, "verdict")} say what people said, among the newest that both scored`}
    >
      {percent(same / both, 0)}
      <span className="hidden-text"> of {plural(both, "verdict")}</span>
    </span>
  );
}
