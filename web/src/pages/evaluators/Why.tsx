import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import type { components } from "../../api/openapi";
import { time } from "../../format";
import { traceIdIn } from "../../frame/palette-match";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Problem } from "../../parts/Problem";
import { type Rule, rulePath } from "./queries";
import classes from "./rules.module.css";

type Answer = components["schemas"]["Why"];

/** What became of one trace, or what would: "why did it not run?" */
export function Why({ rule }: { rule: Rule }) {
  const [typed, setTyped] = useState("");
  const found = traceIdIn(typed);
  const asking = useMutation({
    mutationFn: () =>
      send<Answer>("POST", rulePath(rule.id, "/why"), {
        trace_id: found,
        span_id: spanIn(typed) ?? "",
      }),
  });
  return (
    <section aria-label="Why did it not run?">
      <h2>Why did it not run?</h2>
      <form
        className={classes.why}
        onSubmit={(event) => {
          event.preventDefault();
          if (found && !asking.isPending) asking.mutate();
        }}
      >
        <Field
          label="Trace"
          value={typed}
          onChange={(next) => {
            setTyped(next);
            asking.reset();
          }}
          placeholder="Its id, or the link to it"
          autoComplete="off"
          spellCheck={false}
          mono
          error={
            typed.trim() && !found ? "There is no trace id in this: 32 hex digits." : undefined
          }
        />
        <Button type="submit" disabled={!found || asking.isPending}>
          Ask
        </Button>
      </form>
      <Problem error={asking.error} />
      {asking.data && (
        <p className={classes.whyAnswer} role="status">
          <b>{asking.data.outcome}</b>
          {asking.data.reason && `: ${readable(asking.data.reason)}`}
        </p>
      )}
    </section>
  );
}

/** The times in a sentence of the server as people read them. */
function readable(reason: string): string {
  return reason.replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, (at) => time(at));
}

/** The span that a link to a trace names. */
function spanIn(typed: string): string | null {
  return /[?&]span=([0-9a-f]{16})/i.exec(typed)?.[1]?.toLowerCase() ?? null;
}
