import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeftRight, X } from "lucide-react";
import { useAddress } from "../../address";
import { type Dataset, type Experiment, experimentsQuery } from "../../api/evaluation";
import { exactTime, plural, time } from "../../format";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import classes from "./compared.module.css";
import shared from "./experiments.module.css";
import { letterOf, MOST, metaLine } from "./sides";

interface Props {
  ids: readonly string[];
  experiments: readonly Experiment[];
  dataset: Dataset | undefined;
  /** The experiment whose changes are counted. */
  against: string | undefined;
}

/** Which experiments are looked at, and over which examples. */
export function SideBar({ ids, experiments, dataset, against }: Props) {
  const navigate = useNavigate();
  const [search] = useAddress();
  const first = experiments[0] as Experiment;
  const others = useInfiniteQuery(experimentsQuery({ dataset: first.dataset_id }));
  const more =
    others.data?.pages.flatMap((page) => page.items).filter((one) => !ids.includes(one.id)) ?? [];
  const show = (next: readonly string[]) =>
    void navigate({
      to: "/experiments/$experimentIds",
      params: { experimentIds: next.join(",") },
      search: { metric: search.metric, split: search.split } as never,
    });
  const swap = () => show([...ids].reverse());
  useKeys("Experiment", ids.length === 2 ? [{ key: "s", what: "Swap A and B", run: swap }] : []);
  const ordered = ids.length > 1 ? [...experiments.slice(1), first] : experiments;

  return (
    <div className={classes.sides}>
      {ordered.map((one) => {
        const at = ids.indexOf(one.id);
        const baseline = at === 0 && ids.length > 1;
        return (
          <span key={one.id} style={{ display: "contents" }}>
            {baseline && <span className={shared.quiet}>against</span>}
            <span className={classes.side}>
              {ids.length > 1 && (
                <span className={classes.letter} data-chosen={one.id === against || undefined}>
                  {letterOf(at)}
                </span>
              )}
              <Link
                to="/experiments/$experimentIds"
                params={{ experimentIds: one.id }}
                className={`${classes.sideName} ellipsis`}
                title={one.name}
              >
                {one.name}
              </Link>
              <span className={`${classes.sideMeta} ellipsis`} title={metaLine(one)}>
                {metaLine(one)}
              </span>
              {ids.length > 2 && !baseline && (
                <button
                  type="button"
                  className={shared.iconButton}
                  title="Make it the baseline"
                  aria-label={`Make ${one.name} the baseline`}
                  onClick={() => show([one.id, ...ids.filter((id) => id !== one.id)])}
                >
                  <ArrowLeftRight size={13} strokeWidth={1.75} aria-hidden />
                </button>
              )}
              {ids.length > 1 && (
                <button
                  type="button"
                  className={shared.iconButton}
                  aria-label={`Leave out ${one.name}`}
                  title="Leave out"
                  onClick={() => show(ids.filter((id) => id !== one.id))}
                >
                  <X size={13} strokeWidth={1.75} aria-hidden />
                </button>
              )}
            </span>
          </span>
        );
      })}
      {ids.length === 2 && (
        <Button
          look="quiet"
          icon={ArrowLeftRight}
          onClick={swap}
          aria-label="Swap A and B"
          title="Swap A and B  s"
        />
      )}
      {more.length > 0 && ids.length < MOST && (
        <select
          className={shared.select}
          aria-label={ids.length === 1 ? "Compare with" : "Add an experiment"}
          value=""
          onChange={(event) => {
            const id = event.currentTarget.value;
            if (id) show(ids.length === 1 ? [id, ...ids] : [...ids, id]);
          }}
        >
          <option value="">{ids.length === 1 ? "Compare with…" : "Add…"}</option>
          {more.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
      <span className={classes.over}>
        dataset{" "}
        {dataset && (
          <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }}>
            {dataset.name}
          </Link>
        )}
        {first.dataset_version && (
          <>
            {" · "}
            <Link
              to="/datasets/$datasetId"
              params={{ datasetId: first.dataset_id }}
              search={{ asof: first.dataset_version }}
            >
              version of {time(first.dataset_version, false)}
            </Link>
          </>
        )}
        {ids.length === 1 && first.num_repetitions > 1 && (
          <> · {plural(first.num_repetitions, "repetition")}</>
        )}
        {" · "}
        <span title={exactTime(experiments.at(-1)?.created_at)}>
          {time(experiments.at(-1)?.created_at, false)}
        </span>
      </span>
      {ids.length === 1 && first.description && (
        <p className={classes.description}>{first.description}</p>
      )}
    </div>
  );
}
