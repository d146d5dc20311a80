import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ListTree, Play } from "lucide-react";
import { useAddress } from "../../address";
import { experimentQuery } from "../../api/evaluation";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { Compared } from "./Compared";
import classes from "./compared.module.css";
import { ExperimentMenu } from "./ExperimentMenu";
import shared from "./experiments.module.css";
import { JobStrip, jobOf } from "./JobStrip";
import { comparisonQuery } from "./queries";
import { serverRunOf } from "./serverRun";
import { readIds } from "./sides";

/** One experiment, or several against the first. */
export default function ExperimentPage() {
  const { experimentIds } = useParams({ strict: false }) as { experimentIds: string };
  const [search] = useAddress();
  const navigate = useNavigate();
  const ids = readIds(experimentIds);
  const alone = ids.length === 1;
  const one = useQuery({ ...experimentQuery(ids[0] ?? ""), enabled: alone });
  const several = useQuery({ ...comparisonQuery(ids), enabled: ids.length > 1 });
  const error = alone ? one.error : several.error;
  const experiments = alone ? (one.data ? [one.data] : undefined) : several.data?.experiments;
  const ordered = experiments
    ? ids.flatMap((id) => experiments.find((each) => each.id === id) ?? [])
    : undefined;
  const subject = ordered?.at(-1);
  const only = alone ? ordered?.[0] : undefined;
  const job = only && jobOf(only, search.job);
  useKeys("Experiment", [
    {
      key: "Escape",
      what: "Back to the experiments",
      run: () => void navigate({ to: "/experiments", search: { dataset: subject?.dataset_id } }),
    },
  ]);
  const label = ordered
    ? alone
      ? (ordered[0]?.name ?? "Experiment")
      : ordered.length === 2
        ? `${ordered[1]?.name} against ${ordered[0]?.name}`
        : `${ordered.length} experiments`
    : "Experiment";

  return (
    <Page
      global
      crumbs={[{ label: "Experiments", link: { to: "/experiments" } }, { label }]}
      back={{ to: "/experiments" }}
      actions={
        <>
          {only && serverRunOf(only) && (
            <Link
              to="/experiments/run"
              search={{ from: only.id } as never}
              className={shared.actionLink}
            >
              <Play size={14} strokeWidth={1.75} aria-hidden />
              <span>Run again</span>
            </Link>
          )}
          {only && (
            <Link
              to="/p/$project/traces"
              params={{ project: only.project }}
              className={shared.actionLink}
            >
              <ListTree size={14} strokeWidth={1.75} aria-hidden />
              <span>Traces</span>
            </Link>
          )}
          {only && <ExperimentMenu experiment={only} />}
          <ShareButton />
        </>
      }
    >
      {ids.length === 0 ? (
        <EmptyState title="No experiment is named in the address" />
      ) : error ? (
        <ErrorState error={error} onRetry={alone ? one.refetch : several.refetch} />
      ) : !ordered ? (
        <div className={classes.sides} aria-busy>
          <Skeleton width={260} height={28} />
        </div>
      ) : (
        <>
          {only && job && <JobStrip key={job} id={job} experiment={only} asked={!!search.job} />}
          <Compared
            key={ids.join(",")}
            ids={ids}
            experiments={ordered}
            metrics={several.data?.metrics ?? []}
          />
        </>
      )}
    </Page>
  );
}
