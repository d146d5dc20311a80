import { Search } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { oneOf, useAddress } from "../../address";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { attempts as findAttempts } from "../../trace/attempts";
import type { MessageBlock } from "../../trace/blocks";
import { conversation } from "../../trace/conversation";
import { ConversationView } from "../../trace/conversation/ConversationView";
import { Finder } from "../../trace/find";
import { GraphView } from "../../trace/graph/GraphView";
import { FindBox } from "../../trace/head/FindBox";
import { LAYER_KEYS, LAYERS, type Layer, LayerSwitch } from "../../trace/head/LayerSwitch";
import { TraceHead } from "../../trace/head/TraceHead";
import type { Trace } from "../../trace/model";
import { SpanPanel } from "../../trace/panel/SpanPanel";
import type { PayloadState, PayloadStore } from "../../trace/payloads";
import { RawView } from "../../trace/RawView";
import { rootCause } from "../../trace/rootcause";
import { TreeView } from "../../trace/rows/TreeView";
import { WaterfallView } from "../../trace/rows/WaterfallView";
import type { Tree } from "../../trace/tree";
import { TraceContext, type TraceView } from "../../trace/view";
import { type Window, zoomed } from "../../trace/waterfall";
import { focusFeedback } from "./feedback";
import { LayerTools } from "./LayerTools";
import { PanelSlot } from "./PanelSlot";
import classes from "./trace.module.css";
import { usualSpan } from "./usual";

interface Props {
  project: string;
  /** The token by which whoever is not signed in opened it. */
  share?: string;
  trace: Trace;
  tree: Tree;
  store: PayloadStore;
  payloads: PayloadState;
  back: () => void;
}

/** `span=-` in the address: the panel has been closed. */
const CLOSED = "-";
/** Of a trace with fewer spans the conversation is at hand in every layer. */
const FEW = 500;

/** A loaded trace: its head, one of its layers, the panel of the selected span. */
export function TraceBody({ project, share, trace, tree, store, payloads, back }: Props) {
  const [address, setAddress] = useAddress();
  const layer = oneOf(address.layer, LAYERS);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [unfolded, setUnfolded] = useState(false);
  const [showPath, setShowPath] = useState(true);
  const [zoom, setZoom] = useState<Window | null>(null);
  const [finding, setFinding] = useState(address.find ? 1 : 0);

  const attempts = useMemo(() => findAttempts(tree), [tree]);
  const cause = useMemo(() => rootCause(tree, attempts), [tree, attempts]);
  const blocks = useMemo(
    () =>
      layer === "conversation" || tree.nodes.length < FEW
        ? conversation(trace, tree, payloads.spans)
        : [],
    [layer, trace, tree, payloads],
  );
  const citations = useCallback(
    (spanId: string) =>
      blocks.find((one): one is MessageBlock => one.id === spanId && one.type === "message")
        ?.citations,
    [blocks],
  );
  const usual = useMemo(() => usualSpan(tree, cause), [tree, cause]);
  const finder = useMemo(() => new Finder(tree, payloads.spans), [tree, payloads]);
  const asked = address.find ?? "";
  const found = useMemo(() => finder.find(asked), [finder, asked]);
  const isChosen = address.span !== undefined && address.span !== CLOSED;
  const selected = address.span === CLOSED ? null : (tree.byId.get(address.span ?? "") ?? usual);

  const select = (spanId: string | null) => {
    if (spanId === (selected?.span.span_id ?? null) && isChosen) return;
    setAddress({ span: spanId ?? CLOSED, tab: undefined }, isChosen ? "typing" : "choosing");
  };
  const setLayer = (next: Layer) =>
    setAddress({ layer: next === "conversation" ? undefined : next });
  const view: TraceView = {
    project,
    share,
    trace,
    tree,
    payloads,
    store,
    attempts,
    cause,
    selected,
    select,
    hits: useMemo(() => (asked ? new Set(found) : null), [asked, found]),
    words: useMemo(() => asked.toLocaleLowerCase().split(/\s+/).filter(Boolean), [asked]),
    citations,
    folded,
    setFolded,
  };
  const at = selected ? found.indexOf(selected) + 1 : 0;
  const goHit = (by: 1 | -1) => {
    const next = found[(at - 1 + by + found.length) % found.length] ?? found[0];
    if (next) select(next.span.span_id);
  };
  const closeFind = () => {
    setFinding(0);
    setAddress({ find: undefined }, "typing");
  };
  const whole = { from: 0, to: tree.end - tree.start || 1 };
  const zoomBy = (factor: number) => {
    const next = zoomed(zoom ?? whole, whole, factor);
    setZoom(next.to - next.from >= whole.to ? null : next);
  };

  function giveFeedback() {
    const of = selected ?? tree.roots[0];
    if (!of) return;
    setAddress({ span: of.span.span_id, tab: "scores" });
    focusFeedback();
  }
  useKeys("Trace", [
    ...LAYERS.map((one) => ({
      key: LAYER_KEYS[one],
      what: `Show the ${one}`,
      run: () => setLayer(one),
    })),
    { key: "/", what: "Find in trace", run: () => setFinding(finding + 1) },
    { key: "n", what: "Next hit", run: () => goHit(1) },
    { key: "N", what: "Hit before", run: () => goHit(-1) },
    { key: "e", what: "Go to the error", run: () => cause && select(cause.node.span.span_id) },
    ...(share ? [] : [{ key: "f", what: "Give feedback on the span", run: giveFeedback }]),
    {
      key: "Escape",
      what: "Close the panel, then go back",
      run: () => (selected ? select(null) : back()),
    },
  ]);

  return (
    <TraceContext value={view}>
      <TraceHead />
      <LayerSwitch layer={layer} setLayer={setLayer}>
        <LayerTools
          layer={layer}
          unfolded={unfolded}
          setUnfolded={setUnfolded}
          showPath={showPath}
          setShowPath={setShowPath}
          zoomBy={zoomBy}
        />
        {finding > 0 ? (
          <FindBox
            key={finding}
            value={asked}
            onChange={(find) => setAddress({ find: find || undefined }, "typing")}
            at={at}
            hits={found.length}
            go={goHit}
            onClose={closeFind}
          />
        ) : (
          <Button look="quiet" icon={Search} onClick={() => setFinding(1)} title="Find in trace  /">
            Find in trace
          </Button>
        )}
      </LayerSwitch>
      <div className={classes.body}>
        <div
          className={classes.layer}
          role="tabpanel"
          id="layer"
          aria-labelledby={`layer-${layer}`}
        >
          {layer === "conversation" && <ConversationView blocks={blocks} unfolded={unfolded} />}
          {layer === "tree" && <TreeView />}
          {layer === "waterfall" && (
            <WaterfallView view={zoom} setView={setZoom} showPath={showPath} />
          )}
          {layer === "graph" && <GraphView />}
          {layer === "raw" && <RawView />}
        </div>
        {selected && (
          <PanelSlot usual={layer === "waterfall" ? 416 : 448} chosen={isChosen}>
            <SpanPanel
              tab={address.tab}
              setTab={(tab) => setAddress({ tab })}
              onClose={() => select(null)}
            />
          </PanelSlot>
        )}
      </div>
    </TraceContext>
  );
}
