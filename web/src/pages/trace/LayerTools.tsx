import { Brain, Waypoints, ZoomIn } from "lucide-react";
import { Button } from "../../parts/Button";
import { Kbd } from "../../parts/Kbd";
import type { Layer } from "../../trace/head/LayerSwitch";
import classes from "./trace.module.css";

interface Props {
  layer: Layer;
  unfolded: boolean;
  setUnfolded: (unfolded: boolean) => void;
  showPath: boolean;
  setShowPath: (showPath: boolean) => void;
  zoomBy: (factor: number) => void;
}

/** What one can do with the layer that is shown. */
export function LayerTools({ layer, unfolded, setUnfolded, showPath, setShowPath, zoomBy }: Props) {
  if (layer === "conversation") {
    return (
      <Button look="quiet" icon={Brain} onClick={() => setUnfolded(!unfolded)}>
        {unfolded ? "Thoughts open" : "Thoughts folded"}
      </Button>
    );
  }
  if (layer !== "waterfall") return null;
  return (
    <>
      <Button
        look="quiet"
        icon={Waypoints}
        className={showPath ? classes.pathOn : undefined}
        onClick={() => setShowPath(!showPath)}
      >
        {showPath ? "Critical path" : "Path hidden"}
      </Button>
      <span className={classes.zoom}>
        <Button
          look="quiet"
          icon={ZoomIn}
          onClick={() => zoomBy(0.5)}
          aria-label="Zoom in"
          title="Zoom in  +"
          after={<Kbd>+</Kbd>}
        >
          Zoom
        </Button>
        <Button
          look="quiet"
          onClick={() => zoomBy(2)}
          aria-label="Zoom out"
          title="Zoom out  −"
          className={classes.zoomOut}
        >
          <Kbd>−</Kbd>
        </Button>
      </span>
    </>
  );
}
