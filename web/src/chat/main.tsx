import "@fontsource-variable/inter";
import "../theme/tokens.css";
import "../theme/base.css";
import { StrictMode, useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { AboutContext } from "./about";
import { AnswerError, ask, query, sentence } from "./api";
import { Chat } from "./Chat";
import classes from "./chat.module.css";
import { FormPage } from "./FormPage";
import { Problem } from "./Problem";
import { type About, page } from "./page";
import { SignIn } from "./SignIn";

/** The page, once it is known who uses it. */
function Page() {
  const [about, setAbout] = useState<About | null>(null);
  const [problem, setProblem] = useState<unknown>(null);

  const load = useCallback(async () => {
    try {
      setAbout(await ask<About>(`about?${query({ mount: page.mount })}`));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  }, []);

  useEffect(() => {
    void load();
    window.addEventListener("online", load);
    return () => window.removeEventListener("online", load);
  }, [load]);

  if (problem instanceof AnswerError && problem.status === 401) return <SignIn onDone={load} />;
  if (problem && !about)
    return (
      <main className={classes.signIn}>
        <Problem sentence={sentence(problem)} onAgain={load} />
      </main>
    );
  if (!about) return null;
  return (
    <AboutContext value={about}>
      {page.mode === "form" || !about.takes_messages ? <FormPage /> : <Chat />}
    </AboutContext>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
