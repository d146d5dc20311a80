import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, Plus, UsersRound } from "lucide-react";
import { useState } from "react";
import { get, send } from "../../api/client";
import type { Page } from "../../api/types";
import { ago, day, exactTime, UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { AccountForm } from "./AccountForm";
import { Confirm } from "./Confirm";
import { SettingsTable } from "./SettingsTable";
import classes from "./settings.module.css";

export interface Account {
  id: number;
  email: string;
  name: string;
  role: "admin" | "member";
  created_at: string;
  last_login_at: string | null;
  disabled: boolean;
}

/** The people who can sign in. */
export function Accounts() {
  const [editing, setEditing] = useState<Account | "new" | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["accounts"],
    queryFn: ({ signal }) => get<Page<Account>>("accounts", {}, signal),
  });
  return (
    <section className={`${classes.section} ${classes.wide}`} aria-label="Accounts">
      <div className={classes.sectionHead}>
        <SignedIn />
        <Button icon={Plus} onClick={() => setEditing("new")}>
          New account
        </Button>
      </div>
      <AccountForm account={editing} onClose={() => setEditing(null)} />
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton height={96} />
      ) : data.items.length === 0 ? (
        <EmptyState icon={UsersRound} title="Nobody has an account">
          Before the server may listen on another address than this machine's, it needs one admin.
        </EmptyState>
      ) : (
        <AccountTable accounts={data.items} onEdit={setEditing} />
      )}
    </section>
  );
}

interface Me {
  kind: "anyone" | "key" | "account";
  email: string | null;
}

/** Who is here, and the way out. */
function SignedIn() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => get<Me>("me", {}, signal),
  });
  if (!data) return <span />;
  if (data.kind !== "account") {
    return (
      <p className={classes.help}>Nobody signs in on this server: only this machine reaches it.</p>
    );
  }
  async function leave() {
    await send("POST", "logout");
    queries.clear();
    await navigate({ to: "/signin" });
  }
  return (
    <p className={classes.signedIn}>
      Signed in as <b>{data.email}</b>
      <Button small look="quiet" icon={LogOut} onClick={leave}>
        Sign out
      </Button>
    </p>
  );
}

interface TableProps {
  accounts: readonly Account[];
  onEdit: (account: Account) => void;
}

function AccountTable({ accounts, onEdit }: TableProps) {
  const queries = useQueryClient();
  const remove = async (id: number) => {
    await send("DELETE", `accounts/${id}`);
    await queries.invalidateQueries({ queryKey: ["accounts"] });
  };
  return (
    <SettingsTable
      columns={COLUMNS}
      rows={accounts}
      keyOf={(account) => account.id}
      most={2}
      actions={(account) => (
        <>
          <Button small look="quiet" onClick={() => onEdit(account)}>
            Change
          </Button>
          <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(account.id)}>
            {account.email} is signed out everywhere.
          </Confirm>
        </>
      )}
    />
  );
}

const COLUMNS: readonly Column<Account>[] = [
  { label: "E-mail", cell: (account) => account.email, title: (account) => account.email },
  {
    label: "Name",
    cell: (account) => account.name || UNKNOWN,
    title: (account) => account.name,
  },
  {
    label: "Role",
    cell: (account) => (
      <>
        {account.role}
        {account.disabled && <span className={classes.quiet}>, may not sign in</span>}
      </>
    ),
  },
  {
    label: "Made",
    className: table.number,
    cell: (account) => day(account.created_at),
    title: (account) => exactTime(account.created_at),
  },
  {
    label: "Last sign-in",
    className: table.number,
    cell: (account) => (account.last_login_at ? ago(account.last_login_at) : "never"),
    title: (account) => exactTime(account.last_login_at),
  },
];
