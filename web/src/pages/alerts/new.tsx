import { useNavigate, useParams } from "@tanstack/react-router";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { AlertForm } from "./AlertForm";
import { allAlerts, crumbsOfAlert, oneAlert } from "./crumbs";
import { NEW_DRAFT } from "./draft";

/** A new rule; the address may say what it measures, of what. */
export default function NewAlertPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const [search] = useAddress();
  const navigate = useNavigate();
  const start = {
    ...NEW_DRAFT,
    name: search.name ?? "",
    scope: oneOf(search.scope, ["traces", "spans", "sessions", "hosts"]),
    measure: search.measure ?? NEW_DRAFT.measure,
    filter: search.filter ?? "",
    groupBy: search.group_by ?? "",
  };
  return (
    <Page crumbs={crumbsOfAlert(project, "New rule")} back={allAlerts(project)}>
      <AlertForm
        project={project}
        start={start}
        onSaved={({ id }) => void navigate(oneAlert(project, id))}
      />
    </Page>
  );
}
