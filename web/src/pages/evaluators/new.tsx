import { useNavigate, useParams } from "@tanstack/react-router";
import { Page } from "../../frame/Page";
import { allEvaluators } from "./crumbs";
import { Editor } from "./Editor";

/** A new evaluator, tried on recorded spans while it is written. */
export default function NewEvaluatorPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const navigate = useNavigate();
  return (
    <Page
      crumbs={[{ label: "Evaluators", link: allEvaluators(project) }, { label: "New evaluator" }]}
      back={allEvaluators(project)}
    >
      <Editor
        project={project}
        onSaved={({ id }) =>
          void navigate({
            to: "/p/$project/evaluators/$evaluatorId",
            params: { project, evaluatorId: id },
            search: { view: "rules" },
          })
        }
      />
    </Page>
  );
}
