import { Menu } from "@mantine/core";
import { BellOff, ChevronDown } from "lucide-react";
import { useState } from "react";
import type { Alert } from "../../api/alerts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Form } from "../../parts/Form";
import { Problem } from "../../parts/Problem";
import { silenceOf } from "./standing";
import { useAlertChange } from "./useAlertChange";

const HOUR = 3_600_000;

/** Has a rule keep quiet for a while, or not look at all. */
export function MuteMenu({ rule }: { rule: Alert }) {
  const [asking, setAsking] = useState(false);
  const changing = useAlertChange(rule.id);
  const muted = silenceOf(rule, Date.now()) === "muted";
  const muteFor = (ms: number) =>
    changing.mutate({ until: new Date(Date.now() + ms).toISOString() });
  return (
    <>
      <Problem error={changing.error} />
      <Menu position="bottom-end" offset={4}>
        <Menu.Target>
          <Button icon={BellOff} after={<ChevronDown size={13} strokeWidth={1.75} aria-hidden />}>
            Mute
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => muteFor(HOUR)}>For 1 hour</Menu.Item>
          <Menu.Item onClick={() => muteFor(24 * HOUR)}>For 1 day</Menu.Item>
          <Menu.Item onClick={() => setAsking(true)}>Until…</Menu.Item>
          {muted && (
            <Menu.Item onClick={() => changing.mutate({ until: null })}>End the silence</Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item onClick={() => changing.mutate({ enabled: !rule.enabled })}>
            {rule.enabled ? "Switch off" : "Switch on"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={asking} onClose={() => setAsking(false)} title="Mute until" size={360}>
        <MuteUntil rule={rule} onDone={() => setAsking(false)} />
      </Dialog>
    </>
  );
}

function MuteUntil({ rule, onDone }: { rule: Alert; onDone: () => void }) {
  const [until, setUntil] = useState("");
  const changing = useAlertChange(rule.id, onDone);
  const at = Date.parse(until);
  return (
    <Form
      saving={{
        isPending: changing.isPending,
        error: changing.error,
        mutate: () => changing.mutate({ until: new Date(at).toISOString() }),
      }}
      word="Mute"
      disabled={Number.isNaN(at)}
      onCancel={onDone}
    >
      <Field
        label="Nobody is told before"
        type="datetime-local"
        value={until}
        onChange={setUntil}
        help="By the clock of this computer. It goes on looking, and its history says what was."
        data-autofocus
      />
    </Form>
  );
}
