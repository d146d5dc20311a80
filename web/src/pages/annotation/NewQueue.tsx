import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { send } from "../../api/client";
import { QueueForm } from "./QueueForm";
import { QUEUES, type Queue } from "./queries";

/** Asks for a queue's name, questions and rules, makes it and opens it. */
export function NewQueue({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="New annotation queue"
      size={680}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <QueueForm
        word="Make the queue"
        onCancel={onClose}
        onSave={async (given) => {
          const made = await send<Queue>("POST", "annotation-queues", given);
          await cache.invalidateQueries({ queryKey: QUEUES });
          await navigate({ to: "/annotation/$queueId", params: { queueId: made.id } });
        }}
      />
    </Modal>
  );
}
