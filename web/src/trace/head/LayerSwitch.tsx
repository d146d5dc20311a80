import {
  Braces,
  ChartNoAxesGantt,
  ListTree,
  type LucideIcon,
  MessageSquareText,
  Workflow,
} from "lucide-react";
import type { ReactNode } from "react";
import { Kbd } from "../../parts/Kbd";
import classes from "./head.module.css";

export const LAYERS = ["conversation", "tree", "waterfall", "graph", "raw"] as const;
export type Layer = (typeof LAYERS)[number];

export const LAYER_KEYS: Record<Layer, string> = {
  conversation: "c",
  tree: "t",
  waterfall: "w",
  graph: "g",
  raw: "r",
};

const NAMES: Record<Layer, [string, LucideIcon]> = {
  conversation: ["Conversation", MessageSquareText],
  tree: ["Tree", ListTree],
  waterfall: ["Waterfall", ChartNoAxesGantt],
  graph: ["Graph", Workflow],
  raw: ["JSON", Braces],
};

interface Props {
  layer: Layer;
  setLayer: (layer: Layer) => void;
  children: ReactNode;
}

/** The layers of a trace, by word, by icon, by key. The raw one shows up once it is asked for. */
export function LayerSwitch({ layer, setLayer, children }: Props) {
  const shown = LAYERS.filter((one) => one !== "raw" || layer === "raw");
  return (
    <div className={classes.switch}>
      <div className={classes.layers} role="tablist" aria-label="Layers of the trace">
        {shown.map((one) => {
          const [name, Icon] = NAMES[one];
          return (
            <button
              key={one}
              type="button"
              role="tab"
              id={`layer-${one}`}
              aria-selected={one === layer}
              aria-controls="layer"
              className={classes.layer}
              onClick={() => setLayer(one)}
            >
              <Icon size={15} strokeWidth={1.75} aria-hidden />
              {name}
              <Kbd>{LAYER_KEYS[one]}</Kbd>
            </button>
          );
        })}
      </div>
      <div className={classes.tools}>{children}</div>
    </div>
  );
}
