import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ApiError } from "../../api/client";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { DeleteEvaluator } from "./DeleteEvaluator";
import { Editor } from "./Editor";
import { EvaluatorHead, type OfEvaluator } from "./EvaluatorHead";
import { EvaluatorRules } from "./EvaluatorRules";
import classes from "./evaluators.module.css";
import { evaluatorQuery } from "./queries";
import { Tabs } from "./Tabs";
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
  const { data: evaluator, error, refetch } = useQuery(evaluatorQuery(evaluatorId));
  const all = { to: "/p/$project/evaluators", params: { project } } as const;
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
      {error && !evaluator ? (
        error instanceof ApiError && error.status === 404 ? (
          <EmptyState
            icon={SearchX}
            title="There is no such evaluator"
            action={<Button onClick={() => void navigate(all)}>All evaluators</Button>}
          >
            It may have been deleted.
          </EmptyState>
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : !evaluator ? (
        <div className={classes.waiting} aria-busy>
          <Skeleton height={28} width="60%" />
          <Skeleton height={180} />
        </div>
      ) : (
        <Body key={evaluator.id} project={project} evaluator={evaluator} />
      )}
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
    <>
      <EvaluatorHead project={project} evaluator={evaluator} />
      <Tabs label="Evaluator" tabs={VIEWS} names={NAMES} chosen={view} onChoose={show} />
      <div role="tabpanel" id="view" aria-labelledby={`view-${view}`}>
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
    </>
  );
}
