import { useNavigate, useParams } from "@tanstack/react-router";
import { Page } from "../../frame/Page";
import { Editor } from "./Editor";

/** A new evaluator, tried on recorded spans while it is written. */
export default function NewEvaluatorPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const navigate = useNavigate();
  return (
    <Page
      crumbs={[
        { label: "Evaluators", link: { to: "/p/$project/evaluators", params: { project } } },
        { label: "New evaluator" },
      ]}
      back={{ to: "/p/$project/evaluators", params: { project } }}
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
