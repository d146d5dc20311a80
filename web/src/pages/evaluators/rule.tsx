import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ApiError } from "../../api/client";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { ActivityList } from "./ActivityList";
import { Backfill } from "./Backfill";
import { DeleteRule } from "./DeleteRule";
import classes from "./evaluators.module.css";
import { evaluatorQuery, type Rule, ruleQuery } from "./queries";
import { RuleForm } from "./RuleForm";
import { RuleHead } from "./RuleHead";
import { Tabs } from "./Tabs";

const VIEWS = ["activity", "backfill", "edit"] as const;
type View = (typeof VIEWS)[number];
const NAMES: Record<View, string> = {
  activity: "What it did",
  backfill: "Back-fill",
  edit: "Change",
};

/** One rule: what it scored and skipped, the past, its settings. */
export default function RulePage() {
  const { project, ruleId } = useParams({ strict: false }) as { project: string; ruleId: string };
  const navigate = useNavigate();
  const { data: rule, error, refetch } = useQuery(ruleQuery(ruleId));
  const all = {
    to: "/p/$project/evaluators",
    params: { project },
    search: { view: "rules" },
  } as const;
  return (
    <Page
      crumbs={[
        { label: "Evaluators", link: { to: "/p/$project/evaluators", params: { project } } },
        { label: "Rules", link: all },
        { label: rule?.name ?? "Rule" },
      ]}
      back={all}
      actions={
        <>
          {rule && <DeleteRule rule={rule} onGone={() => void navigate(all)} />}
          <ShareButton />
        </>
      }
    >
      {error && !rule ? (
        error instanceof ApiError && error.status === 404 ? (
          <EmptyState
            icon={SearchX}
            title="There is no such rule"
            action={<Button onClick={() => void navigate(all)}>All rules</Button>}
          >
            It may have been deleted.
          </EmptyState>
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : !rule ? (
        <div className={classes.waiting} aria-busy>
          <Skeleton height={28} width="60%" />
          <Skeleton height={180} />
        </div>
      ) : (
        <Body key={rule.id} project={project} rule={rule} />
      )}
    </Page>
  );
}

function Body({ project, rule }: { project: string; rule: Rule }) {
  const [search, change] = useAddress();
  const view = oneOf(search.view, VIEWS);
  const { data: evaluator } = useQuery(evaluatorQuery(rule.evaluator_id));
  const show = (next: View) =>
    change({ view: next === "activity" ? undefined : next, outcome: undefined });
  useKeys("Rule", [
    { key: "a", what: "What it did", run: () => show("activity") },
    { key: "b", what: "Back-fill", run: () => show("backfill") },
    { key: "s", what: "Change", run: () => show("edit") },
  ]);
  return (
    <>
      <RuleHead rule={rule}>
        {evaluator && (
          <Link
            to="/p/$project/evaluators/$evaluatorId"
            params={{ project, evaluatorId: evaluator.id }}
          >
            {evaluator.name}
          </Link>
        )}
      </RuleHead>
      <Tabs label="Rule" tabs={VIEWS} names={NAMES} chosen={view} onChoose={show} />
      <div role="tabpanel" id="view" aria-labelledby={`view-${view}`}>
        {view === "activity" && <ActivityList project={project} rule={rule} />}
        {view === "backfill" && <Backfill rule={rule} />}
        {view === "edit" && (
          <RuleForm
            key={rule.version}
            project={project}
            rule={rule}
            onSaved={() => show("activity")}
          />
        )}
      </div>
    </>
  );
}
