import {
  columnOrderingFeature,
  columnPinningFeature,
  createColumnHelper,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type FocusEvent,
  type MouseEvent,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
} from "react";
import { isOwnPress } from "../../ownPress";
import { RowTick } from "../../parts/RowTick";
import { keepPlace, keptPlace } from "../../place";
import { type CellContext, type Column, columnOf } from "./columns";
import { HeadRow } from "./HeadRow";
import { layoutOf } from "./layout";
import { type Row, thumbNames } from "./rows";
import type { Scope, Sorting } from "./state";
import classes from "./Table.module.css";
import { useHeldRows } from "./useHeldRows";

const features = tableFeatures({
  columnOrderingFeature,
  columnPinningFeature,
  rowSelectionFeature,
});
const helper = createColumnHelper<typeof features, Row>();

export const ROW_HEIGHT = 32;

interface Props {
  scope: Scope;
  rows: readonly Row[];
  /** How many rows there are in all, when known. */
  total: number | null;
  columns: readonly string[];
  pinned: readonly string[];
  widths: Readonly<Record<string, number>>;
  clockOnly: boolean;
  sorting: Sorting;
  focused: number;
  ticked: Record<string, true>;
  /** Rows arrive on top by themselves. */
  live: boolean;
  fetching: boolean;
  onSort: (sorting: Sorting) => void;
  onColumns: (columns: string[]) => void;
  onResize: (column: string, width: number | null) => void;
  onFocus: (index: number) => void;
  onOpen: (row: Row, event: MouseEvent) => void;
  onTick: (index: number, through: boolean) => void;
  onTickAll: (on: boolean) => void;
  onEnd: () => void;
}

/** The virtual table: one tab stop, the focused row named by `aria-activedescendant`. */
export function Table(props: Props) {
  const { scope, rows, columns, pinned, clockOnly, focused, ticked, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const context = useMemo<CellContext>(
    () => ({ clockOnly, thumbs: thumbNames(rows) }),
    [clockOnly, rows],
  );

  const known = useMemo(
    () =>
      columns
        .map((id) => columnOf(id, scope, clockOnly))
        .filter((column): column is Column => column !== null),
    [columns, scope, clockOnly],
  );
  const definitions = useMemo(
    () => helper.columns(known.map((column) => helper.display({ id: column.id, meta: column }))),
    [known],
  );
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: (row) => row.id,
    state: {
      columnOrder: [...columns],
      columnPinning: { start: [...pinned], end: [] },
      rowSelection: ticked,
    },
  });
  const byId = useMemo(() => new Map(known.map((column) => [column.id, column])), [known]);
  const ordered = table
    .getAllLeafColumns()
    .toSorted((a, b) => Number(b.getIsPinned() !== false) - Number(a.getIsPinned() !== false))
    .flatMap((column) => byId.get(column.id) ?? []);
  const layout = layoutOf(ordered, new Set(pinned), props.widths);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    initialOffset: () => keptPlace()?.top ?? 0,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useHeldRows(scroller, rows, ROW_HEIGHT, props.live);

  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);

  const focusedRow = rows[focused];
  const focusedId = focusedRow?.id;
  const showFocused = useEffectEvent(() => virtual.scrollToIndex(focused, { align: "auto" }));
  // By its id: a row that others have moved down is not scrolled to.
  useEffect(() => {
    if (focusedId !== undefined) showFocused();
  }, [focusedId]);

  /** By key the first row in sight is focused; a click says itself which one. */
  function onFocus(event: FocusEvent<HTMLDivElement>) {
    if (focused >= 0 || event.target !== scroller.current) return;
    if (!scroller.current.matches(":focus-visible")) return;
    const first = Math.ceil(scroller.current.scrollTop / ROW_HEIGHT);
    if (rows[first]) props.onFocus(first);
  }

  const allTicked = rows.length > 0 && rows.every((row) => ticked[row.id]);

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="grid"
      aria-label={{ traces: "Traces", spans: "Spans", sessions: "Sessions" }[scope]}
      aria-rowcount={(props.total ?? rows.length) + 1}
      aria-colcount={ordered.length + 1}
      aria-multiselectable
      aria-busy={props.fetching}
      tabIndex={0}
      aria-activedescendant={focusedRow ? `row-${focused}` : undefined}
      onScroll={(event) => keepPlace({ top: event.currentTarget.scrollTop })}
      onFocus={onFocus}
    >
      <div className={classes.sheet} style={{ minWidth: layout.minWidth }}>
        <HeadRow
          columns={ordered}
          layout={layout}
          sorting={props.sorting}
          allTicked={allTicked}
          someTicked={!allTicked && Object.values(ticked).some(Boolean)}
          onSort={props.onSort}
          onColumns={props.onColumns}
          onResize={props.onResize}
          onTickAll={props.onTickAll}
        />
        <div className={classes.rows} style={{ height: virtual.getTotalSize() }} role="rowgroup">
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of rows are the page's
              <div
                key={row.id}
                id={`row-${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={!!ticked[row.id]}
                className={classes.row}
                data-error={row.status === "error" || undefined}
                data-focused={item.index === focused || undefined}
                data-ticked={ticked[row.id] || undefined}
                style={{
                  gridTemplateColumns: layout.template,
                  transform: `translateY(${item.start}px)`,
                }}
                onClick={(event) => isOwnPress(event) || props.onOpen(row, event)}
                onAuxClick={(event) => event.button === 1 && props.onOpen(row, event)}
              >
                <div role="gridcell" className={classes.tickCell}>
                  <RowTick
                    label={`Select ${row.name}`}
                    className={classes.tick}
                    checked={!!ticked[row.id]}
                    tabIndex={-1}
                    onClick={(event) => props.onTick(item.index, event.shiftKey)}
                    onChange={() => {}}
                  />
                </div>
                {ordered.map((column) => (
                  <div
                    key={column.id}
                    role="gridcell"
                    className={classes.cell}
                    data-number={column.number || undefined}
                    style={layout.pins.get(column.id)}
                    data-pinned={layout.pins.has(column.id) || undefined}
                    title={column.title?.(row)}
                  >
                    {column.cell(row, context)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
