import type { Experiment, Metric } from "../../api/evaluation";
import { Figures } from "./Figures";
import table from "./figures.module.css";
import { Measures } from "./Measures";
import { MetricTable } from "./MetricTable";
import { Pair } from "./Pair";
import { Pairs } from "./Pairs";
import type { Way } from "./sides";

interface Props {
  ids: readonly string[];
  experiments: readonly Experiment[];
  /** Of several experiments: the scores that any of them has. */
  scores: readonly Metric[];
  chosen: string | undefined;
  figures: boolean;
  onChoose: (metric: string, against?: string, way?: Way) => void;
  onFigures: (shown: boolean) => void;
}

/** What was measured: of one experiment, of two against each other, of several among themselves. */
export function Summary(props: Props) {
  const { ids, experiments, scores, chosen, onChoose } = props;
  const [first, second] = experiments;
  const measures = <Measures experiments={experiments} />;
  const means = (
    <MetricTable
      ids={ids}
      experiments={experiments}
      metrics={scores}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
  if (first && second && experiments.length === 2)
    return (
      <Pair
        experiments={[first, second]}
        chosen={chosen}
        figures={props.figures}
        beside={measures}
        instead={means}
        onChoose={(name, way) => onChoose(name, undefined, way)}
        onFigures={props.onFigures}
      />
    );
  return (
    <>
      {experiments.length > 2 && scores.length > 0 && (
        <Pairs
          experiments={experiments}
          metric={scores.find((one) => one.name === chosen) ?? (scores[0] as Metric)}
        />
      )}
      <div className={table.sides}>
        {experiments.length > 2 ? means : first && <Figures experiment={first} />}
        {measures}
      </div>
    </>
  );
}
