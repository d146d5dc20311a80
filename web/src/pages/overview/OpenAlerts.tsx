import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { alertsQuery } from "../../api/alerts";
import { plural } from "../../format";
import { ErrorLine } from "../../parts/states";
import { AlertTable } from "../alerts/AlertTable";
import { byUrgency } from "../alerts/standing";
import classes from "./overview.module.css";

/** The rules whose episode is open; without any rule nothing stands here. */
export function OpenAlerts({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(alertsQuery());
  const rules = data?.filter((one) => one.project === project) ?? [];
  const open = byUrgency(rules.filter((one) => one.open_count > 0));
  if (!error && rules.length === 0) return null;
  return (
    <section className={classes.panel} aria-labelledby="alerts-title">
      <h2 className={classes.panelTitle} id="alerts-title">
        Open alerts
      </h2>
      {error && !data ? (
        <ErrorLine error={error} onRetry={() => void refetch()} />
      ) : open.length > 0 ? (
        <AlertTable project={project} rules={open} />
      ) : (
        <p className={classes.nothing}>
          None of{" "}
          <Link to="/p/$project/alerts" params={{ project }}>
            {plural(rules.length, "rule")}
          </Link>{" "}
          has anything to tell.
        </p>
      )}
    </section>
  );
}
