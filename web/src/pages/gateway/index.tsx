import { useQuery } from "@tanstack/react-query";
import { useAddress } from "../../address";
import { gatewayRoutesQuery, gatewayStatusQuery, guardrailsQuery } from "../../api/gateway";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { ErrorState } from "../../parts/states";
import { panelOf, Tabs } from "../../parts/Tabs";
import { WaitingRows } from "../../parts/WaitingRows";
import { Figures } from "./Figures";
import { GuardrailTable } from "./GuardrailTable";
import { GuardrailTrial } from "./GuardrailTrial";
import { Routes } from "./Routes";

const VIEWS = ["routes", "guardrails"] as const;
const NAMES = { routes: "Routes", guardrails: "Guardrails" };

/** How models are asked through this server: routes and their health, caches, guardrails. */
export default function GatewayPage() {
  const [search, change] = useAddress();
  const view = VIEWS.find((one) => one === search.view) ?? "routes";
  const status = useQuery(gatewayStatusQuery());
  const routes = useQuery(gatewayRoutesQuery());
  const guardrails = useQuery(guardrailsQuery());
  const wrong = [status, routes, guardrails].find((one) => one.error && !one.data);
  return (
    <Page crumbs={[{ label: "Gateway" }]} global actions={<ShareButton />}>
      {wrong?.error ? (
        <ErrorState error={wrong.error} onRetry={() => void wrong.refetch()} />
      ) : !status.data || !routes.data || !guardrails.data ? (
        <WaitingRows rows={6} />
      ) : (
        <>
          <Figures status={status.data} />
          <Tabs
            label="Views"
            tabs={VIEWS}
            names={NAMES}
            chosen={view}
            onChoose={(next) => change({ view: next === "routes" ? undefined : next })}
          />
          <div {...panelOf(view)}>
            {view === "routes" ? (
              <Routes routes={routes.data} status={status.data} />
            ) : (
              <>
                <GuardrailTable guardrails={guardrails.data} status={status.data} />
                <GuardrailTrial guardrails={guardrails.data} />
              </>
            )}
          </div>
        </>
      )}
    </Page>
  );
}
