import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useRef } from "react";
import type { UserRow } from "../../api/types";
import { ago, compact, cost, costDigits, count, exactTime, percent } from "../../format";
import { useKeys } from "../../keys";
import { ScorePill } from "../../parts/ScorePill";
import table from "../../parts/table.module.css";
import { type TimeRange, writeRange } from "../../timeRange";
import { COLUMNS, type Column } from "./columns";
import { failsOften, meanOf, scoreNames } from "./userRow";
import classes from "./users.module.css";

interface Props {
  users: readonly UserRow[];
  project: string;
  range: TimeRange;
  order: string;
  onOrder: (column: string) => void;
}

/** One row a user; `j` and `k` move, Enter opens. */
export function UserTable({ users, project, range, order, onOrder }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  const scores = scoreNames(users);
  const digits = costDigits(users.map((user) => user.cost?.total));
  useRowKeys(body);
  return (
    <div>
      <table className={`${table.table} ${classes.table}`}>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <Head key={column.key} column={column} order={order} onOrder={onOrder} />
            ))}
            {scores.map((name) => (
              <th key={name} scope="col" className={`${table.number} ${classes.wideOnly}`}>
                <span className="ellipsis" title={name}>
                  {name}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {users.map((user) => {
            const link = {
              to: "/p/$project/users/$userId",
              params: { project, userId: user.user_id },
              search: writeRange(range),
            } as const;
            return (
              <tr key={user.user_id} className={table.row}>
                <td>
                  <Link {...link} className={table.rowLink} title={user.user_id}>
                    {user.user_id}
                  </Link>
                </td>
                <td className={table.number}>{count(user.trace_count)}</td>
                <td className={`${table.number} ${classes.wideOnly}`}>
                  {count(user.session_count)}
                </td>
                <td
                  className={table.number}
                  data-bad={failsOften(user) || undefined}
                  title={`${count(user.error_count)} of ${count(user.trace_count)}`}
                >
                  {percent(user.trace_count ? user.error_count / user.trace_count : null)}
                </td>
                <td className={`${table.number} ${classes.wideOnly}`}>
                  {compact(user.usage?.total_tokens)}
                </td>
                <td className={`${table.number} ${table.ends}`}>
                  {cost(user.cost?.total, digits)}
                </td>
                <td
                  className={`${table.number} ${classes.wideOnly}`}
                  title={exactTime(user.first_seen_at)}
                >
                  {ago(user.first_seen_at)}
                </td>
                <td
                  className={`${table.number} ${classes.wideOnly}`}
                  title={exactTime(user.last_seen_at)}
                >
                  {ago(user.last_seen_at)}
                </td>
                {scores.map((name) => (
                  <td key={name} className={`${table.number} ${classes.wideOnly}`}>
                    <ScorePill score={meanOf(user, name)} />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps {
  column: Column;
  order: string;
  onOrder: (column: string) => void;
}

function Head({ column, order, onOrder }: HeadProps) {
  const sorted = order.replace(/^-/, "") === column.order;
  const down = order.startsWith("-");
  const Arrow = down ? ArrowDown : ArrowUp;
  const ends = column.key === "cost";
  const hidden = ["sessions", "tokens", "first", "last"].includes(column.key);
  return (
    <th
      scope="col"
      className={[column.numeric && table.number, hidden && classes.wideOnly, ends && table.ends]
        .filter(Boolean)
        .join(" ")}
      aria-sort={sorted ? (down ? "descending" : "ascending") : undefined}
    >
      <button
        type="button"
        className={classes.head}
        data-sorted={sorted || undefined}
        onClick={() => column.order && onOrder(column.order)}
      >
        {column.head}
        {sorted && <Arrow size={12} strokeWidth={2} aria-hidden />}
      </button>
    </th>
  );
}

function useRowKeys(body: React.RefObject<HTMLTableSectionElement | null>) {
  const move = (by: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>("tr td:first-child a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = at === -1 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next]?.focus();
  };
  useKeys("Users", [
    { key: "j", what: "Next user", run: () => move(1) },
    { key: "k", what: "Previous user", run: () => move(-1) },
    { key: "ArrowDown", what: "Next user", run: () => move(1), silent: true },
    { key: "ArrowUp", what: "Previous user", run: () => move(-1), silent: true },
  ]);
}
