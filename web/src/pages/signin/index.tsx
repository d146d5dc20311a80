import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import type { Search } from "../../address";
import { ApiError, send } from "../../api/client";
import { Brand } from "../../frame/Brand";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { localTarget } from "./localTarget";
import classes from "./signin.module.css";

/** Who are you? Only where the server is not on loopback. */
export default function SignInPage() {
  const { next } = useSearch({ strict: false }) as Search;
  const router = useRouter();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    document.title = "Sign in · Pilothouse";
  }, []);

  async function signIn(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setWrong(null);
    try {
      await send("POST", "login", { email: email.trim(), password });
      queries.clear(); // what was refused before is asked anew
      await router.navigate({ href: localTarget(next), replace: true });
    } catch (error) {
      setWrong(sentence(error));
      setBusy(false);
    }
  }

  return (
    <main className={classes.page}>
      <form className={classes.form} onSubmit={signIn} aria-label="Sign in">
        <div className={classes.brand}>
          <Brand size={24} />
          <span>Pilothouse</span>
        </div>
        <h1 className={classes.title}>Sign in</h1>
        <Field
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={setEmail}
        />
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={setPassword}
        />
        {wrong && (
          <p className={classes.wrong} role="alert">
            {wrong}
          </p>
        )}
        <Button type="submit" look="primary" disabled={busy} className={classes.submit}>
          {busy ? "Signing in…" : "Sign in"}
        </Button>
        <p className={classes.help}>
          No account? Whoever runs this server makes one with <code>pilothouse users create</code>.
        </p>
      </form>
    </main>
  );
}

function sentence(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) {
    return "This e-mail address and this password do not belong together.";
  }
  return error instanceof Error ? error.message : String(error);
}
