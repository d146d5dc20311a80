import { useQuery } from "@tanstack/react-query";
import { useAddress } from "../../address";
import { experimentQuery } from "../../api/evaluation";
import { Page } from "../../frame/Page";
import { ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { RunForm } from "./RunForm";
import { EMPTY } from "./runForm";
import { draftOf } from "./serverRun";

/** Runs an experiment on the server: a prompt or an endpoint over a dataset. */
export default function RunPage() {
  const [search] = useAddress();
  const again = useQuery({ ...experimentQuery(search.from ?? ""), enabled: !!search.from });
  const { dataset = "", prompt = "", which = "" } = search;
  return (
    <Page
      global
      crumbs={[
        { label: "Experiments", link: { to: "/experiments" } },
        { label: "Run an experiment" },
      ]}
      back={{ to: "/experiments" }}
    >
      {!search.from ? (
        <RunForm initial={{ ...EMPTY, dataset, prompt, which }} />
      ) : again.data ? (
        <RunForm key={again.data.id} initial={draftOf(again.data)} />
      ) : again.error ? (
        <ErrorState error={again.error} onRetry={again.refetch} />
      ) : (
        <WaitingRows rows={6} />
      )}
    </Page>
  );
}
