import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { Button } from "../../parts/Button";
import { Choice, Field } from "../../parts/Field";
import { Tick } from "../../parts/Tick";
import type { Account } from "./Accounts";
import forms from "./forms.module.css";
import classes from "./settings.module.css";

const ROLES = [
  { value: "member", label: "Member: everything but settings" },
  { value: "admin", label: "Admin: everything" },
];

interface Props {
  /** The account to change, "new" for one more, null while the dialog is shut. */
  account: Account | "new" | null;
  onClose: () => void;
}

export function AccountForm({ account, onClose }: Props) {
  const isNew = account === "new";
  return (
    <Modal
      opened={account !== null}
      onClose={onClose}
      title={isNew ? "New account" : "Change the account"}
      size={400}
      centered
    >
      {account !== null && <Form account={isNew ? null : account} onClose={onClose} />}
    </Modal>
  );
}

function Form({ account, onClose }: { account: Account | null; onClose: () => void }) {
  const [email, setEmail] = useState(account?.email ?? "");
  const [name, setName] = useState(account?.name ?? "");
  const [role, setRole] = useState<string>(account?.role ?? "member");
  const [password, setPassword] = useState("");
  const [disabled, setDisabled] = useState(account?.disabled ?? false);
  const [wrong, setWrong] = useState<string | null>(null);
  const queries = useQueryClient();

  async function save(event: FormEvent) {
    event.preventDefault();
    try {
      if (account === null) await send("POST", "accounts", { email, name, role, password });
      else {
        const change = { name, role, disabled, ...(password ? { password } : {}) };
        await send("PATCH", `accounts/${account.id}`, change);
      }
      await queries.invalidateQueries({ queryKey: ["accounts"] });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form className={forms.form} onSubmit={save}>
      <Field
        label="E-mail"
        type="email"
        autoComplete="off"
        required
        disabled={account !== null}
        value={email}
        onChange={setEmail}
        data-autofocus={account === null || undefined}
      />
      <Field label="Name" value={name} onChange={setName} autoComplete="off" />
      <Choice label="Role" value={role} options={ROLES} onChange={setRole} />
      <Field
        label={account === null ? "Password" : "New password"}
        type="password"
        autoComplete="new-password"
        required={account === null}
        value={password}
        onChange={setPassword}
        help={
          account === null ? undefined : "Left empty it stays. A new one signs out all browsers."
        }
      />
      {account !== null && (
        <Tick label="May not sign in" checked={disabled} onChange={setDisabled} />
      )}
      {wrong && (
        <p className={classes.wrong} role="alert">
          {wrong}
        </p>
      )}
      <div className={forms.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary">
          {account === null ? "Create" : "Save"}
        </Button>
      </div>
    </form>
  );
}
