import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Bell, Plus } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { type Alert, alertsQuery } from "../../api/alerts";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import { Filters } from "../evaluators/Filters";
import { AlertTable } from "./AlertTable";
import { byUrgency, isShown, SHOWN, SHOWN_NAMES, type Shown } from "./standing";

/** What watches the project, and what is not as it should be. */
export default function AlertsPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(alertsQuery());
  const rules = data?.filter((one) => one.project === project);
  const make = () => void navigate({ to: "/p/$project/alerts/new", params: { project } });
  useKeys("Alerts", [{ key: "n", what: "New rule", run: make }]);
  return (
    <Page
      crumbs={[{ label: "Alerts" }]}
      actions={
        <>
          <Button icon={Plus} onClick={make} title="New rule  n">
            New rule
          </Button>
          <ShareButton />
        </>
      }
    >
      {rules ? (
        rules.length > 0 ? (
          <Rules project={project} rules={rules} />
        ) : (
          <EmptyState
            icon={Bell}
            title="Nothing watches this project yet"
            action={
              <Button look="primary" icon={Plus} onClick={make}>
                New rule
              </Button>
            }
          >
            A rule measures the traces, spans or sessions of the last minutes, each minute, and
            tells people when the measure is beyond a bound. It can be tried on the last 30 days
            before it is kept.
          </EmptyState>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <WaitingRows rows={4} />
      )}
    </Page>
  );
}

function Rules({ project, rules }: { project: string; rules: readonly Alert[] }) {
  const [search, change] = useAddress();
  const shown = oneOf(search.state, SHOWN);
  const now = Date.now();
  const countOf = (one: Shown) => rules.filter((rule) => isShown(rule, one, now)).length;
  const there = SHOWN.filter((one) => one === "all" || one === shown || countOf(one) > 0);
  const counts = Object.fromEntries(there.map((one) => [one, String(countOf(one))]));
  const matching = byUrgency(rules.filter((rule) => isShown(rule, shown, now)));
  return (
    <>
      <Filters
        label="State"
        values={there}
        names={SHOWN_NAMES}
        counts={counts}
        chosen={shown}
        onChoose={(next) => change({ state: next === "all" ? undefined : next })}
      />
      {matching.length > 0 ? (
        <AlertTable project={project} rules={matching} />
      ) : (
        <EmptyState
          icon={Bell}
          title={`No rule is in the state “${SHOWN_NAMES[shown]}”`}
          action={<Button onClick={() => change({ state: undefined })}>Show all</Button>}
        >
          The filter hides all {rules.length}.
        </EmptyState>
      )}
    </>
  );
}
