import { useViewportSize } from "@mantine/hooks";
import type { LinkProps } from "@tanstack/react-router";
import { Maximize2 } from "lucide-react";
import type { ComponentProps } from "react";
import { useAddress } from "../../address";
import { ChartCard } from "../../charts/ChartCard";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { rangeName, readRange } from "../../timeRange";
import { AlertEntry, ChartEntry, PictureEntry } from "./ChartEntries";
import classes from "./monitor.module.css";

const AROUND = 280; // pixels of the dialog and the card's head around what is drawn
const LEAST = 200;

interface Props extends Omit<ComponentProps<typeof ChartCard>, "group" | "menu" | "level"> {
  /** What the address calls it while it is enlarged. */
  id: string;
  /** To a new alert on what it measures. */
  alert: LinkProps | null;
}

/** A chart of the ready-made board: enlarged, kept as a picture, watched by an alert. */
export function MonitorChart({ id, alert, tool, ...chart }: Props) {
  const [search, change] = useAddress();
  const { height } = useViewportSize();
  const { title, data } = chart;
  const enlarge = () => change({ chart: id });
  const alerting = alert && <AlertEntry {...alert} />;
  return (
    <div className={classes.chart} data-chart={id}>
      <ChartCard
        {...chart}
        level={3}
        group="monitor"
        menu={
          <>
            <ChartEntry icon={Maximize2} words="Enlarge" run={enlarge} />
            {alerting}
            {data && <PictureEntry selector={`[data-chart="${CSS.escape(id)}"]`} name={title} />}
          </>
        }
        tool={
          <>
            {tool}
            <Button
              look="quiet"
              small
              icon={Maximize2}
              aria-label={`Enlarge ${title}`}
              title="Enlarge"
              onClick={enlarge}
            />
          </>
        }
      />
      <Dialog
        opened={search.chart === id}
        onClose={() => change({ chart: undefined })}
        title={
          <>
            <span className="hidden-text">{title}, enlarged, </span>
            {rangeName(readRange(search))}
          </>
        }
        size="min(1280px, 96vw)"
      >
        <div className={classes.large} data-large>
          <ChartCard
            {...chart}
            level={3}
            group="enlarged"
            tool={tool}
            menu={
              <>
                {alerting}
                {data && <PictureEntry selector="[data-large]" name={title} />}
              </>
            }
            height={Math.max(LEAST, height - AROUND)}
          />
        </div>
      </Dialog>
    </div>
  );
}
