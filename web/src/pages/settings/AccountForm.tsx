import { useState } from "react";
import { send } from "../../api/client";
import { useSaving } from "../../api/useSaving";
import { Dialog } from "../../parts/Dialog";
import { Choice, Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import { Tick } from "../../parts/Tick";
import type { Account } from "./Accounts";

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
    <Dialog
      opened={account !== null}
      onClose={onClose}
      title={isNew ? "New account" : "Change the account"}
      size={400}
    >
      {account !== null && <Fields account={isNew ? null : account} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ account, onClose }: { account: Account | null; onClose: () => void }) {
  const [email, setEmail] = useState(account?.email ?? "");
  const [name, setName] = useState(account?.name ?? "");
  const [role, setRole] = useState<string>(account?.role ?? "member");
  const [password, setPassword] = useState("");
  const [disabled, setDisabled] = useState(account?.disabled ?? false);
  const saving = useSaving(
    () => {
      if (account === null) return send("POST", "accounts", { email, name, role, password });
      const change = { name, role, disabled, ...(password ? { password } : {}) };
      return send("PATCH", `accounts/${account.id}`, change);
    },
    ["accounts"],
    onClose,
  );

  return (
    <Form saving={saving} word={account === null ? "Create" : "Save"} onCancel={onClose}>
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
    </Form>
  );
}
