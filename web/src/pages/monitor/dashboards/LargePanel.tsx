import { useViewportSize } from "@mantine/hooks";
import { ArrowLeft } from "lucide-react";
import { useKeys } from "../../../keys";
import { Button } from "../../../parts/Button";
import classes from "./dashboards.module.css";
import type { Panel } from "./model";
import { type PanelBoard, PanelView } from "./PanelView";

const AROUND = 220; // pixels above and below it
const LEAST = 260;

interface Props {
  panel: Panel;
  board: PanelBoard;
  onClose: () => void;
}

/** One panel over the whole page. */
export function LargePanel({ panel, board, onClose }: Props) {
  const { height } = useViewportSize();
  useKeys("Panel", [{ key: "Escape", what: "Back to the board", run: onClose }]);
  return (
    <div className={classes.large} data-panel={panel.id}>
      <Button look="quiet" small icon={ArrowLeft} onClick={onClose}>
        All panels
      </Button>
      <PanelView panel={panel} board={board} height={Math.max(LEAST, height - AROUND)} />
    </div>
  );
}
