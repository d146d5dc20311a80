import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";
import { RowTick } from "../../parts/RowTick";
import { ColumnEdge } from "./ColumnEdge";
import type { Column } from "./columns";
import { type Layout, reordered } from "./layout";
import type { Sorting } from "./state";
import classes from "./Table.module.css";

interface Props {
  columns: readonly Column[];
  layout: Layout;
  sorting: Sorting;
  allTicked: boolean;
  someTicked: boolean;
  onSort: (sorting: Sorting) => void;
  onColumns: (columns: string[]) => void;
  onResize: (column: string, width: number | null) => void;
  onTickAll: (on: boolean) => void;
}

/** Column heads: a click orders, dragging moves, dragging the edge widens. */
export function HeadRow(props: Props) {
  const { columns, layout, sorting } = props;
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);

  function drop(target: string) {
    if (dragged)
      props.onColumns(
        reordered(
          columns.map(({ id }) => id),
          dragged,
          target,
        ),
      );
    setDragged(null);
    setOver(null);
  }

  return (
    <div className={classes.headGroup} role="rowgroup">
      <div
        className={classes.head}
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: layout.template }}
      >
        <div role="columnheader" className={classes.tickCell}>
          <RowTick
            label="Select all loaded rows"
            className={classes.tick}
            checked={props.allTicked}
            ref={(box) => {
              if (box) box.indeterminate = props.someTicked;
            }}
            onChange={(event) => props.onTickAll(event.currentTarget.checked)}
          />
        </div>
        {columns.map((column) => {
          const sorted = column.order === sorting.field;
          const Arrow = sorting.descending ? ArrowDown : ArrowUp;
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={sorted ? (sorting.descending ? "descending" : "ascending") : undefined}
              className={classes.headCell}
              data-number={column.number || undefined}
              data-sorted={sorted || undefined}
              data-over={(over === column.id && dragged !== column.id) || undefined}
              data-pinned={layout.pins.has(column.id) || undefined}
              style={layout.pins.get(column.id)}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", column.id);
                setDragged(column.id);
              }}
              onDragOver={(event) => {
                if (!dragged) return;
                event.preventDefault();
                setOver(column.id);
              }}
              onDragEnd={() => {
                setDragged(null);
                setOver(null);
              }}
              onDrop={() => drop(column.id)}
            >
              {column.order ? (
                <button
                  type="button"
                  className={`${classes.headButton} ellipsis`}
                  title={`Order by ${column.label}`}
                  onClick={() => props.onSort(nextSorting(column, sorting))}
                >
                  {column.label}
                  {sorted && <Arrow size={12} strokeWidth={2} aria-hidden />}
                </button>
              ) : (
                <span className="ellipsis" title={column.label}>
                  {column.label}
                </span>
              )}
              <ColumnEdge
                label={column.label}
                width={layout.widths.get(column.id) ?? column.width}
                onResize={(width) => props.onResize(column.id, width)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Numbers and times begin with the largest, texts with the first. */
function nextSorting(column: Column, now: Sorting): Sorting {
  const field = column.order ?? now.field;
  if (now.field === field) return { field, descending: !now.descending };
  return { field, descending: !!column.number || column.id === "start" };
}
