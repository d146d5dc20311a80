import { Braces, Moon, Play, Square, Sun } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../parts/Button";
import { CopyButton } from "../parts/CopyButton";
import { Failed } from "./Answer";
import { useAbout } from "./about";
import { query, send, sentence } from "./api";
import { Mark } from "./Brand";
import classes from "./form.module.css";
import { Output } from "./Output";
import { page } from "./page";
import { SchemaForm } from "./SchemaForm";
import { initial, settable, withoutEmpty } from "./schema";
import { toggleScheme, useDark } from "./scheme";
import { eventsOf } from "./sse";
import { UseIt } from "./UseIt";
import { seconds } from "./words";

interface Run {
  pieces: unknown[];
  state: "running" | "done" | "failed";
  problem: string;
  trace: string | null;
  ms: number;
}

/** A form for the target's input, and what comes of it: for targets that one does not talk with. */
export function FormPage() {
  const about = useAbout();
  const dark = useDark();
  const schema = about?.input_schema ?? {};
  const [input, setInput] = useState<unknown>(() => initial(schema, schema));
  const [config, setConfig] = useState<unknown>({});
  const [run, setRun] = useState<Run | null>(null);
  const [using, setUsing] = useState(false);
  const stopping = useRef<AbortController | null>(null);
  const fields = settable(about?.config_schema ?? {});
  const running = run?.state === "running";

  async function submit(event: FormEvent) {
    event.preventDefault();
    const stop = new AbortController();
    stopping.current = stop;
    const begun = Date.now();
    let now: Run = { pieces: [], state: "running", problem: "", trace: null, ms: 0 };
    const show = (change: Partial<Run>) => {
      now = { ...now, ...change, ms: Date.now() - begun };
      setRun(now);
    };
    show({});
    try {
      const settings = withoutEmpty(config);
      const given = Object.keys(settings).length ? { configurable: settings } : {};
      const answer = await send(`form/stream?${query({ mount: page.mount })}`, {
        method: "POST",
        body: { input, config: given },
        signal: stop.signal,
      });
      for await (const { name, data } of eventsOf(answer)) {
        if (name === "metadata") show({ trace: JSON.parse(data).trace_id ?? null });
        if (name === "data") show({ pieces: [...now.pieces, JSON.parse(data)] });
        if (name === "error") show({ state: "failed", problem: JSON.parse(data).message });
      }
      if (now.state === "running") show({ state: "done" });
    } catch (error) {
      const told = stop.signal.aborted ? "Stopped." : sentence(error);
      show({ state: "failed", problem: told });
    }
  }

  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <Mark />
        <h1>{page.title}</h1>
        <Button
          look="quiet"
          icon={Braces}
          aria-label="Use it from a program"
          onClick={() => setUsing(true)}
        />
        <Button
          look="quiet"
          icon={dark ? Sun : Moon}
          aria-label={dark ? "Light colours" : "Dark colours"}
          onClick={toggleScheme}
        />
      </header>
      <main className={classes.columns}>
        <form onSubmit={submit} aria-label="Input">
          <h2>Input</h2>
          <SchemaForm schema={schema} root={schema} value={input} onChange={setInput} required />
          {fields && (
            <details className={classes.settings}>
              <summary>Settings</summary>
              <SchemaForm schema={fields} root={fields} value={config} onChange={setConfig} />
            </details>
          )}
          <div className={classes.actions}>
            {running ? (
              <Button icon={Square} onClick={() => stopping.current?.abort()}>
                Stop
              </Button>
            ) : (
              <Button look="primary" type="submit" icon={Play}>
                Run
              </Button>
            )}
          </div>
        </form>
        <section aria-label="Output" aria-busy={running} aria-live="polite">
          <h2>Output</h2>
          {!run && <p className={classes.none}>What comes of it stands here.</p>}
          {run && <Output pieces={run.pieces} />}
          {run?.problem && <Failed message={run.problem} />}
          {run && (
            <p className={classes.foot}>
              {run.pieces.length > 0 && (
                <CopyButton label="Copy the output" text={() => run.pieces.map(written).join("")} />
              )}
              <span>
                {running ? "Running" : seconds(run.ms)}
                {run.pieces.length > 1 && ` · ${run.pieces.length} pieces`}
              </span>
              {about?.traces && run.trace && (
                <a href={about.traces + run.trace} target="_blank" rel="noreferrer">
                  Open trace
                </a>
              )}
            </p>
          )}
        </section>
      </main>
      {using && <UseIt input={input} thread={null} onClose={() => setUsing(false)} />}
    </div>
  );
}

function written(piece: unknown): string {
  return typeof piece === "string" ? piece : `${JSON.stringify(piece, null, 2)}\n`;
}
