import { Popover } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Channel, ChannelTested } from "../../api/alerts";
import { send } from "../../api/client";
import { duration } from "../../format";
import { Button } from "../../parts/Button";
import forms from "./forms.module.css";
import { Outcome } from "./Outcome";

/** Sends a test message at once, and says whether it was taken. */
export function ChannelTest({ channel }: { channel: Channel }) {
  const [open, setOpen] = useState(false);
  const test = useMutation({
    mutationFn: () =>
      send<ChannelTested>("POST", `alerts/channels/${encodeURIComponent(channel.id)}/test`),
  });
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      offset={4}
      width={320}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button small look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          Test
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={forms.confirm}>
        <p>Send a message that says it is a test.</p>
        <Outcome
          well={test.data?.ok && `It was taken after ${duration(test.data.latency_ms)}`}
          failed={test.error?.message ?? test.data?.error}
        />
        <div className={forms.confirmActions}>
          <Button onClick={() => setOpen(false)}>Close</Button>
          <Button disabled={test.isPending} onClick={() => test.mutate()}>
            {test.isPending ? "Sending…" : "Send it"}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
