import { useQuery } from "@tanstack/react-query";
import { BellRing, Plus } from "lucide-react";
import { useState } from "react";
import { type Channel, channelsQuery } from "../../api/alerts";
import { get } from "../../api/client";
import type { components } from "../../api/openapi";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { ChannelForm } from "./ChannelForm";
import { ChannelTable } from "./ChannelTable";
import { Maintenance } from "./Maintenance";
import classes from "./settings.module.css";

/** Who can be told of alerts, and when nobody is. */
export function Alerts() {
  return (
    <>
      <Channels />
      <Maintenance />
    </>
  );
}

/** The channels of the server; only an admin changes them. */
function Channels() {
  const [editing, setEditing] = useState<Channel | "new" | null>(null);
  const { data, error, refetch } = useQuery(channelsQuery());
  const { data: me } = useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => get<components["schemas"]["Me"]>("me", {}, signal),
  });
  const mayChange = me?.role === "admin";
  return (
    <section className={`${classes.section} ${classes.wide}`} aria-label="Channels">
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Channels</h3>
        {mayChange && (
          <Button icon={Plus} onClick={() => setEditing("new")}>
            New channel
          </Button>
        )}
      </div>
      <p className={classes.help}>
        Every project may tell on them. Where one leads is kept encrypted and never shown again.
        {me && !mayChange && " Only an admin changes what stands here."}
      </p>
      <ChannelForm channel={editing} onClose={() => setEditing(null)} />
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={96} />
      ) : data.length === 0 ? (
        <EmptyState icon={BellRing} title="Nobody can be told yet">
          A channel is a webhook of your own, or what apprise reaches: Slack, Teams, PagerDuty,
          e-mail, Telegram and a hundred more.
        </EmptyState>
      ) : (
        <ChannelTable channels={data} onEdit={mayChange ? setEditing : undefined} />
      )}
    </section>
  );
}
