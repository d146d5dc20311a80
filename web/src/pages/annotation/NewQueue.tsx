import { useNavigate } from "@tanstack/react-router";
import { send } from "../../api/client";
import { Dialog } from "../../parts/Dialog";
import { QueueForm } from "./QueueForm";
import type { Queue } from "./queries";

/** Asks for a queue's name, questions and rules, makes it and opens it. */
export function NewQueue({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  return (
    <Dialog opened={opened} onClose={onClose} title="New annotation queue" size={680}>
      <QueueForm
        word="Make the queue"
        onCancel={onClose}
        onSave={(given) => send<Queue>("POST", "annotation-queues", given)}
        onSaved={({ id }) => navigate({ to: "/annotation/$queueId", params: { queueId: id } })}
      />
    </Dialog>
  );
}
