import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { Dataset, Example } from "../../api/evaluation";
import { ago, exactTime } from "../../format";
import { useKeys } from "../../keys";
import { isOwnPress } from "../../ownPress";
import { RowTick } from "../../parts/RowTick";
import classes from "./datasets.module.css";
import { ExampleEditor } from "./ExampleEditor";
import grid from "./grid.module.css";
import { SourceLink } from "./SourceLink";
import { oneLine } from "./values";

const ROW = 33;

interface Props {
  dataset: Dataset;
  examples: readonly Example[];
  /** How many there are in all, when known. */
  total: number | null;
  readOnly: boolean;
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
  ticked: ReadonlySet<string>;
  onTicked: (ids: ReadonlySet<string>) => void;
  onEnd: () => void;
}

/** The virtual table of examples; the open one is edited below its own line. */
export function ExampleGrid(props: Props) {
  const { dataset, examples, total, readOnly, open, onOpen, ticked, onTicked, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(-1);
  const virtual = useVirtualizer({
    count: examples.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => examples[at]?.id ?? at,
    estimateSize: () => ROW,
    overscan: 12,
    scrollPaddingStart: ROW,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= examples.length - 20) onEnd();
  }, [last, examples.length, onEnd]);

  const openedAt = examples.findIndex((one) => one.id === open);
  const shownOnce = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (openedAt < 0 || shownOnce.current === open) return;
    shownOnce.current = open;
    setFocused(openedAt);
    virtual.scrollToIndex(openedAt, { align: "auto" });
  }, [openedAt, open, virtual]);

  function move(to: number) {
    const next = Math.min(Math.max(to, 0), examples.length - 1);
    setFocused(next);
    virtual.scrollToIndex(next, { align: "auto" });
  }
  function tick(id: string) {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    onTicked(next);
  }
  const current = examples[focused];
  const toggle = () => current && onOpen(open === current.id ? undefined : current.id);
  useKeys("Examples", [
    { key: "j", what: "Next example", run: () => move(focused + 1) },
    { key: "k", what: "Previous example", run: () => move(focused - 1) },
    { key: "ArrowDown", what: "Next example", run: () => move(focused + 1), silent: true },
    { key: "ArrowUp", what: "Previous example", run: () => move(focused - 1), silent: true },
    { key: "Home", what: "First example", run: () => move(0) },
    { key: "End", what: "Last example that is loaded", run: () => move(examples.length - 1) },
    { key: "Enter", what: "Open and edit the example", run: toggle },
    { key: "x", what: "Select the example", run: () => current && tick(current.id) },
    ...(open ? [{ key: "Escape", what: "Close the example", run: () => onOpen(undefined) }] : []),
  ]);
  const allTicked = examples.length > 0 && examples.every((one) => ticked.has(one.id));

  return (
    <div
      ref={scroller}
      className={grid.scroller}
      role="grid"
      aria-label="Examples"
      aria-rowcount={(total ?? examples.length) + 1}
      aria-multiselectable
      tabIndex={0}
      aria-activedescendant={current ? `example-${focused}` : undefined}
    >
      <div className={grid.gridHead} role="row" aria-rowindex={1}>
        <div role="columnheader" className={grid.tickCell}>
          <RowTick
            label="Select all that are loaded"
            tabIndex={-1}
            checked={allTicked}
            onChange={() => onTicked(new Set(allTicked ? [] : examples.map((one) => one.id)))}
          />
        </div>
        <div role="columnheader">Inputs</div>
        <div role="columnheader">Outputs</div>
        <div role="columnheader">Splits</div>
        <div role="columnheader" className={grid.thirdOnly}>
          Metadata
        </div>
        <div role="columnheader" className={grid.thirdOnly}>
          Source
        </div>
        <div role="columnheader" className={grid.cell} data-number>
          Changed
        </div>
      </div>
      <div className={grid.rows} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const example = examples[item.index];
          if (!example) return null;
          const opened = example.id === open;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={grid.example}
              role="presentation"
              data-open={opened || undefined}
              data-focused={item.index === focused || undefined}
              data-ticked={ticked.has(example.id) || undefined}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys of rows are the grid's */}
              <div
                id={`example-${item.index}`}
                className={grid.exampleLine}
                role="row"
                tabIndex={-1}
                aria-rowindex={item.index + 2}
                aria-selected={ticked.has(example.id)}
                onClick={(event) => {
                  if (isOwnPress(event)) return;
                  setFocused(item.index);
                  onOpen(opened ? undefined : example.id);
                }}
              >
                <div role="gridcell" className={grid.tickCell}>
                  <RowTick
                    label={`Select example ${item.index + 1}`}
                    tabIndex={-1}
                    checked={ticked.has(example.id)}
                    onChange={() => tick(example.id)}
                  />
                </div>
                <div role="gridcell" className={grid.cell} dir="auto">
                  {oneLine(example.inputs) || "–"}
                </div>
                <div role="gridcell" className={grid.cell} data-second dir="auto">
                  {oneLine(example.outputs) || "–"}
                </div>
                <div role="gridcell" className={grid.cell}>
                  {example.splits.map((split) => (
                    <span key={split} className={classes.split}>
                      {split}
                    </span>
                  ))}
                </div>
                <div role="gridcell" className={`${grid.cell} ${grid.thirdOnly}`} data-second>
                  {oneLine(example.metadata)}
                </div>
                <div role="gridcell" className={`${grid.cell} ${grid.thirdOnly}`}>
                  {example.source && <SourceLink source={example.source} />}
                </div>
                <div
                  role="gridcell"
                  className={`${grid.cell} ${classes.wideOnly}`}
                  data-number
                  title={exactTime(example.modified_at)}
                >
                  {ago(example.modified_at)}
                </div>
              </div>
              {opened && (
                <div className={grid.editor} role="row">
                  <div role="gridcell">
                    <ExampleEditor
                      key={`${example.id} ${example.modified_at}`}
                      dataset={dataset}
                      example={example}
                      readOnly={readOnly}
                      onDone={() => onOpen(undefined)}
                    />
                  </div>
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
