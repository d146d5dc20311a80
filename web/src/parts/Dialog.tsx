import { Modal, type ModalProps } from "@mantine/core";

type Props = Pick<ModalProps, "opened" | "onClose" | "title" | "size" | "children">;

/** A dialog whose close button has a name for readers. */
export function Dialog(props: Props) {
  return <Modal {...props} closeButtonProps={{ "aria-label": "Close" }} />;
}
