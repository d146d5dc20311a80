import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { get, send } from "../../api/client";
import { useServer } from "../../api/server";
import type { Page } from "../../api/types";
import { ago, day, exactTime, UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { Confirm } from "./Confirm";
import { NewKey } from "./NewKey";
import classes from "./settings.module.css";
import tables from "./tables.module.css";

export interface ApiKey {
  id: number;
  name: string;
  hint: string;
  scopes: string[];
  project: string | null;
  created_by: string;
  created_at: string;
  used_at: string | null;
  expires_at: string | null;
}

/** The keys of programs; a key's secret is shown once, when it is made. */
export function Keys() {
  const { keyNeeded } = useServer();
  const [creating, setCreating] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["keys"],
    queryFn: ({ signal }) => get<Page<ApiKey>>("keys", {}, signal),
  });
  return (
    <section className={`${classes.section} ${classes.wide}`} aria-label="API keys">
      <div className={classes.sectionHead}>
        <p className={classes.help}>
          {keyNeeded
            ? "Sent as Authorization: Bearer, as x-api-key, or as the password of Basic."
            : "This server asks for none, because only this machine reaches it. Keys made now hold once it listens elsewhere."}
        </p>
        <Button icon={Plus} onClick={() => setCreating(true)}>
          New key
        </Button>
      </div>
      <NewKey opened={creating} onClose={() => setCreating(false)} />
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton height={96} />
      ) : data.items.length === 0 ? (
        <EmptyState icon={KeyRound} title="There is no key yet">
          {keyNeeded ? "Without one no program can send traces here." : "None is needed yet."}
        </EmptyState>
      ) : (
        <KeyTable rows={data.items} />
      )}
    </section>
  );
}

function KeyTable({ rows }: { rows: readonly ApiKey[] }) {
  const queries = useQueryClient();
  const revoke = async (id: number) => {
    await send("DELETE", `keys/${id}`);
    await queries.invalidateQueries({ queryKey: ["keys"] });
  };
  return (
    <div className={tables.tableBox}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Begins with</th>
            <th scope="col">May</th>
            <th scope="col">Project</th>
            <th scope="col" className={table.number}>
              Made
            </th>
            <th scope="col" className={table.number}>
              Last used
            </th>
            <th scope="col" className={table.number}>
              Expires
            </th>
            <th scope="col" className={tables.actions}>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((key) => (
            <tr key={key.id}>
              <td title={key.name}>{key.name || UNKNOWN}</td>
              <td data-label="Begins with">
                <code>{key.hint}</code>
              </td>
              <td data-label="May">{key.scopes.join(", ")}</td>
              <td title={key.project ?? undefined} data-label="Project">
                {key.project ?? "all"}
              </td>
              <td className={table.number} title={exactTime(key.created_at)} data-label="Made">
                {day(key.created_at)}
              </td>
              <td className={table.number} title={exactTime(key.used_at)} data-label="Last used">
                {key.used_at ? ago(key.used_at) : "never"}
              </td>
              <td className={table.number} title={exactTime(key.expires_at)} data-label="Expires">
                {key.expires_at ? day(key.expires_at) : "never"}
              </td>
              <td className={tables.actions}>
                <Confirm word="Revoke" sure="Revoke now" onConfirm={() => revoke(key.id)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
