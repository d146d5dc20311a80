import { useMutation } from "@tanstack/react-query";
import type { Channel, ChannelTested } from "../../api/alerts";
import { send } from "../../api/client";
import { duration } from "../../format";
import { Button } from "../../parts/Button";
import forms from "./forms.module.css";
import { Outcome } from "./Outcome";
import { TestPopover } from "./TestPopover";

/** Sends a test message at once, and says whether it was taken. */
export function ChannelTest({ channel }: { channel: Channel }) {
  const test = useMutation({
    mutationFn: () =>
      send<ChannelTested>("POST", `alerts/channels/${encodeURIComponent(channel.id)}/test`),
  });
  return (
    <TestPopover>
      {(close) => (
        <>
          <p>Send a message that says it is a test.</p>
          <Outcome
            well={test.data?.ok && `It was taken after ${duration(test.data.latency_ms)}`}
            failed={test.error?.message ?? test.data?.error}
          />
          <div className={forms.confirmActions}>
            <Button onClick={close}>Close</Button>
            <Button disabled={test.isPending} onClick={() => test.mutate()}>
              {test.isPending ? "Sending…" : "Send it"}
            </Button>
          </div>
        </>
      )}
    </TestPopover>
  );
}
