import { Popover } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "../../parts/Button";
import { Problem } from "../../parts/Problem";
import forms from "./forms.module.css";

interface Props {
  /** On the button in the row. */
  word: string;
  /** On the button that does it. */
  sure: string;
  children?: ReactNode;
  onConfirm: () => Promise<void>;
}

/** A button that asks once more, beside itself, before something is gone. */
export function Confirm({ word, sure, children, onConfirm }: Props) {
  const [open, setOpen] = useState(false);
  const doing = useMutation({ mutationFn: onConfirm, onSuccess: () => setOpen(false) });
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      offset={4}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button small look="quiet" onClick={() => setOpen(!open)}>
          {word}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={forms.confirm}>
        {children && <p>{children}</p>}
        <Problem error={doing.error} />
        <div className={forms.confirmActions}>
          <Button onClick={() => setOpen(false)}>Keep</Button>
          <Button look="danger" disabled={doing.isPending} onClick={() => doing.mutate()}>
            {sure}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
