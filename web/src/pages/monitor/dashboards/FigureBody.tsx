import { useElementSize } from "@mantine/hooks";
import type { MetricsAnswer } from "../../../api/types";
import { ChangeMark } from "../../../charts/ChangeMark";
import { Sparkline } from "../../../charts/Sparkline";
import type { Asked } from "../questions";
import classes from "./dashboards.module.css";
import type { Panel } from "./model";
import { panelFigure } from "./panelData";

interface Props {
  panel: Panel;
  total: MetricsAnswer;
  lines: MetricsAnswer | undefined;
  asked: Asked;
}

/** One figure, how it changed, and its course over time. */
export function FigureBody({ panel, total, lines, asked }: Props) {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const { figure, change, course } = panelFigure(panel, total, lines, asked);
  return (
    <div className={classes.figureBody}>
      <p className={classes.figureLine}>
        <span className={classes.figure}>{figure[0]}</span>
        {figure[1] && <span className={classes.figureUnit}>{figure[1]}</span>}
        <ChangeMark change={change} />
      </p>
      <div ref={ref} className={classes.course}>
        {height > 12 && course.some((value) => value !== null) && (
          <Sparkline
            values={course}
            label="Its course over the time shown"
            width={width}
            height={height - 4}
          />
        )}
      </div>
    </div>
  );
}
