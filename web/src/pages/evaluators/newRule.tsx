import { useNavigate, useParams } from "@tanstack/react-router";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { allRules, crumbsOfRule } from "./crumbs";
import { RuleForm } from "./RuleForm";

/** A new rule; the address may name what it runs and the filter it begins with. */
export default function NewRulePage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const [search] = useAddress();
  const navigate = useNavigate();
  const all = allRules(project);
  return (
    <Page crumbs={crumbsOfRule(project, "New rule")} back={all}>
      <RuleForm
        project={project}
        evaluatorId={search.evaluator}
        start={{
          unit: oneOf(search.unit, ["trace", "span", "session"]),
          filter: search.filter ?? "",
        }}
        onSaved={({ id }) =>
          void navigate({ to: "/p/$project/rules/$ruleId", params: { project, ruleId: id } })
        }
      />
    </Page>
  );
}
