import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Fetched } from "../../parts/Fetched";
import { panelOf, Tabs } from "../../parts/Tabs";
import { allEvaluators } from "./crumbs";
import { DeleteEvaluator } from "./DeleteEvaluator";
import { Editor } from "./Editor";
import { EvaluatorHead, type OfEvaluator } from "./EvaluatorHead";
import { EvaluatorRules } from "./EvaluatorRules";
import classes from "./evaluators.module.css";
import { evaluatorQuery } from "./queries";
import { VerdictList } from "./VerdictList";
import { Versions } from "./Versions";

const VIEWS = ["verdicts", "rules", "edit", "versions"] as const;
type View = (typeof VIEWS)[number];
const NAMES: Record<View, string> = {
  verdicts: "Verdicts",
  rules: "Rules",
  edit: "Change and test",
  versions: "Versions",
};

/** One evaluator: what it said, where it runs, what it is made of. */
export default function EvaluatorPage() {
  const { project, evaluatorId } = useParams({ strict: false }) as {
    project: string;
    evaluatorId: string;
  };
  const navigate = useNavigate();
  const answer = useQuery(evaluatorQuery(evaluatorId));
  const evaluator = answer.data;
  const all = allEvaluators(project);
  return (
    <Page
      crumbs={[{ label: "Evaluators", link: all }, { label: evaluator?.name ?? "Evaluator" }]}
      back={all}
      actions={
        <>
          {evaluator && (
            <DeleteEvaluator
              project={project}
              evaluator={evaluator}
              onGone={() => void navigate(all)}
            />
          )}
          <ShareButton />
        </>
      }
    >
      <Fetched answer={answer} missing="There is no such evaluator" all={all} word="All evaluators">
        {(found) => <Body key={found.id} project={project} evaluator={found} />}
      </Fetched>
    </Page>
  );
}

function Body({ project, evaluator }: OfEvaluator) {
  const [search, change] = useAddress();
  const view = oneOf(search.view, VIEWS);
  const show = (next: View) =>
    change({ view: next === "verdicts" ? undefined : next, status: undefined, version: undefined });
  useKeys("Evaluator", [
    { key: "v", what: "Verdicts", run: () => show("verdicts") },
    { key: "r", what: "Rules", run: () => show("rules") },
    { key: "t", what: "Change and test", run: () => show("edit") },
  ]);
  return (
    <div className={classes.page}>
      <EvaluatorHead project={project} evaluator={evaluator} />
      <Tabs label="Evaluator" tabs={VIEWS} names={NAMES} chosen={view} onChoose={show} />
      <div className={classes.view} {...panelOf(view)}>
        {view === "verdicts" && <VerdictList project={project} evaluator={evaluator} />}
        {view === "rules" && <EvaluatorRules project={project} evaluator={evaluator} />}
        {view === "edit" && (
          <Editor
            key={evaluator.version}
            project={project}
            evaluator={evaluator}
            onSaved={() => show("versions")}
          />
        )}
        {view === "versions" && <Versions evaluator={evaluator} />}
      </div>
    </div>
  );
}
