import { Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useState } from "react";
import type { Server } from "../../api/server";
import { duration } from "../../format";
import { Button } from "../../parts/Button";
import { Checks } from "./Checks";
import classes from "./onboarding.module.css";
import { sendTestTrace } from "./sendTestTrace";
import { useFirstTrace } from "./useFirstTrace";

interface Props {
  project: string;
  server: Server;
}

/** Waits for a trace: amber until one is there, then green with the way to it. */
export function LiveLine({ project, server }: Props) {
  const { waited, trace, lost } = useFirstTrace();
  const [checks, setChecks] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);

  async function send() {
    setFailed(null);
    try {
      await sendTestTrace(project);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <>
      <div className={classes.live} data-there={trace !== null || undefined}>
        <span className={classes.dot} aria-hidden />
        <div className={classes.liveText} aria-live="polite">
          <div className={classes.liveTitle}>
            {trace
              ? `First trace arrived after ${duration(trace.after)}`
              : "Waiting for the first trace"}
          </div>
          <div className={classes.liveMore}>
            {trace ? (
              <Link
                to="/p/$project/trace/$traceId"
                params={{ project: trace.project, traceId: trace.traceId }}
              >
                Open {trace.name || "it"}
              </Link>
            ) : lost ? (
              "The server does not answer. Is it still running?"
            ) : (
              <>
                listening on {server.address}
                {server.grpcPort ? ` and gRPC ${server.grpcPort}` : ""}
                <span aria-hidden>, since {waited} s</span>
              </>
            )}
          </div>
        </div>
        {!trace && (
          <Button look="quiet" aria-expanded={checks} onClick={() => setChecks(!checks)}>
            Nothing arrives?
          </Button>
        )}
        <Button icon={Send} onClick={send}>
          Send a test trace
        </Button>
      </div>
      {failed && (
        <p className={classes.failed} role="alert">
          The test trace was not taken: {failed}
        </p>
      )}
      {checks && !trace && <Checks server={server} />}
    </>
  );
}
