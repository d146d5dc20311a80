import { useNavigate } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { useState } from "react";
import type { Experiment } from "../../api/evaluation";
import { count } from "../../format";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { ExperimentCharts } from "./ExperimentCharts";
import { ExperimentTable } from "./ExperimentTable";
import shared from "./experiments.module.css";
import classes from "./list.module.css";

interface Props {
  experiments: readonly Experiment[];
  datasets?: ReadonlyMap<string, string>;
  /** Charts say something only of experiments over the same examples. */
  charts: boolean;
}

/** Experiments over time and as a table, to open one or compare several. */
export function ExperimentList({ experiments, datasets, charts }: Props) {
  const navigate = useNavigate();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const chosen = experiments.filter((one) => ticked.has(one.id));
  const sameDataset = new Set(chosen.map((one) => one.dataset_id)).size === 1;
  const comparable = chosen.length >= 2 && chosen.length <= 20 && sameDataset;

  function tick(id: string, on: boolean) {
    const next = new Set(ticked);
    if (on) next.add(id);
    else next.delete(id);
    setTicked(next);
  }
  function compare() {
    if (!comparable) return;
    const ids = chosen
      .toSorted((a, b) => a.created_at.localeCompare(b.created_at))
      .map((one) => one.id);
    void navigate({
      to: "/experiments/$experimentIds",
      params: { experimentIds: ids.join(",") },
    });
  }
  useKeys("Experiments", [
    { key: "c", what: "Compare the selected", run: compare },
    {
      key: "x",
      what: "Select the focused experiment",
      run: () => {
        const row = document.activeElement?.closest("tr");
        row?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
      },
    },
  ]);

  return (
    <>
      {charts && <ExperimentCharts experiments={experiments} />}
      {ticked.size > 0 && (
        <div className={classes.chosen}>
          <b>{count(ticked.size)} selected</b>
          <Button
            small
            icon={GitCompareArrows}
            disabled={!comparable}
            onClick={compare}
            title={
              comparable
                ? "The oldest is the baseline"
                : "Select two to twenty experiments of one dataset"
            }
          >
            Compare
          </Button>
          <Button small look="quiet" onClick={() => setTicked(new Set())}>
            Clear
          </Button>
          {!sameDataset && chosen.length > 1 && (
            <span className={shared.quiet}>They run over different datasets.</span>
          )}
        </div>
      )}
      <ExperimentTable
        experiments={experiments}
        datasets={datasets}
        ticked={ticked}
        onTick={tick}
      />
    </>
  );
}
