import { Skeleton } from "../../parts/states";
import { type Column, columnOf } from "./columns";
import { layoutOf } from "./layout";
import type { Scope, Sorting } from "./state";
import table from "./Table.module.css";
import classes from "./traces.module.css";
import type { Columns } from "./useColumns";

const WIDTHS = [62, 48, 70, 55, 64, 44, 58, 66, 50, 61, 47, 68, 53, 60, 45, 65, 57, 49, 63, 52];

interface Props {
  phone: boolean;
  scope: Scope;
  columns: Columns;
  clockOnly: boolean;
  sorting: Sorting;
}

/** Head and rows of the size that they will have, while the first ones are on their way. */
export function SkeletonRows({ phone, ...props }: Props) {
  return (
    <div className={classes.skeletons} aria-busy>
      <span className="hidden-text">Loading</span>
      {!phone && <Head {...props} />}
      {WIDTHS.map((width) => (
        <div key={width} className={phone ? classes.skeletonCell : classes.skeletonRow}>
          <Skeleton width={phone ? `${width}%` : 52} height={10} />
          <Skeleton width={phone ? `${width + 25}%` : 84} height={10} />
          <Skeleton width={`${width}%`} height={10} />
        </div>
      ))}
    </div>
  );
}

function Head({ scope, columns, clockOnly, sorting }: Omit<Props, "phone">) {
  const { shown, pinned, widths } = columns;
  const known = shown
    .map((id) => columnOf(id, scope, clockOnly))
    .filter((column): column is Column => column !== null)
    .toSorted((a, b) => Number(pinned.includes(b.id)) - Number(pinned.includes(a.id)));
  const layout = layoutOf(known, new Set(pinned), widths);
  return (
    <div className={table.head} style={{ gridTemplateColumns: layout.template }} aria-hidden>
      <span />
      {known.map((column) => (
        <span
          key={column.id}
          className={table.headCell}
          data-number={column.number || undefined}
          data-sorted={column.order === sorting.field || undefined}
        >
          <span className="ellipsis">{column.label}</span>
        </span>
      ))}
    </div>
  );
}
