import { type FormEvent, useState } from "react";
import { Button } from "../parts/Button";
import { Field } from "../parts/Field";
import { ask, sentence } from "./api";
import { Mark } from "./Brand";
import classes from "./chat.module.css";
import { page } from "./page";

/** Asks for the key that the server wants. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      await ask("session", { method: "POST", body: { key } });
      onDone();
    } catch (error) {
      setProblem(sentence(error));
    }
  }

  return (
    <main className={classes.signIn}>
      <form onSubmit={submit}>
        <Mark large />
        <h1>{page.title}</h1>
        <Field
          label="API key"
          type="password"
          autoComplete="current-password"
          required
          value={key}
          onChange={setKey}
          error={problem}
          help="Whoever runs this server gave you one. It is kept in a cookie of this page alone."
        />
        <Button look="primary" type="submit" disabled={!key.trim()}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
