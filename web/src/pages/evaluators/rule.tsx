import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Fetched } from "../../parts/Fetched";
import { panelOf, Tabs } from "../../parts/Tabs";
import { ActivityList } from "./ActivityList";
import { Backfill } from "./Backfill";
import { allRules, crumbsOfRule } from "./crumbs";
import { DeleteRule } from "./DeleteRule";
import classes from "./evaluators.module.css";
import { HowToAsk } from "./HowToAsk";
import { evaluatorQuery, type Rule, ruleQuery } from "./queries";
import { RuleForm } from "./RuleForm";
import { RuleHead } from "./RuleHead";

const VIEWS = ["activity", "backfill", "edit"] as const;
const GUARD_VIEWS = VIEWS.filter((one) => one !== "backfill");
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
  const answer = useQuery(ruleQuery(ruleId));
  const rule = answer.data;
  const all = allRules(project);
  return (
    <Page
      crumbs={crumbsOfRule(project, rule?.name ?? "Rule")}
      back={all}
      actions={
        <>
          {rule && <DeleteRule rule={rule} onGone={() => void navigate(all)} />}
          <ShareButton />
        </>
      }
    >
      <Fetched answer={answer} missing="There is no such rule" all={all} word="All rules">
        {(found) => <Body key={found.id} project={project} rule={found} />}
      </Fetched>
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
    <div className={classes.page}>
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
      <Tabs
        label="Rule"
        tabs={rule.guard ? GUARD_VIEWS : VIEWS}
        names={NAMES}
        chosen={view}
        onChoose={show}
      />
      <div className={classes.view} {...panelOf(view)}>
        {rule.guard && view === "activity" && <HowToAsk project={project} rule={rule} />}
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
    </div>
  );
}
