import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { get, send } from "../../api/client";
import { useServer } from "../../api/server";
import type { Page } from "../../api/types";
import { ago, day, exactTime, UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { Confirm } from "./Confirm";
import { NewKey } from "./NewKey";
import { SettingsTable } from "./SettingsTable";
import classes from "./settings.module.css";

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
    <SettingsTable
      columns={COLUMNS}
      rows={rows}
      keyOf={(key) => key.id}
      actions={(key) => (
        <Confirm word="Revoke" sure="Revoke now" onConfirm={() => revoke(key.id)} />
      )}
    />
  );
}

const COLUMNS: readonly Column<ApiKey>[] = [
  { label: "Name", cell: (key) => key.name || UNKNOWN, title: (key) => key.name },
  { label: "Begins with", cell: (key) => <code>{key.hint}</code> },
  { label: "May", cell: (key) => key.scopes.join(", ") },
  {
    label: "Project",
    cell: (key) => key.project ?? "all",
    title: (key) => key.project ?? undefined,
  },
  {
    label: "Made",
    className: table.number,
    cell: (key) => day(key.created_at),
    title: (key) => exactTime(key.created_at),
  },
  {
    label: "Last used",
    className: table.number,
    cell: (key) => (key.used_at ? ago(key.used_at) : "never"),
    title: (key) => exactTime(key.used_at),
  },
  {
    label: "Expires",
    className: table.number,
    cell: (key) => (key.expires_at ? day(key.expires_at) : "never"),
    title: (key) => exactTime(key.expires_at),
  },
];
