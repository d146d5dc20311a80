import { Popover } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Button } from "../../parts/Button";
import forms from "./forms.module.css";
import classes from "./settings.module.css";

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
  const [wrong, setWrong] = useState<string | null>(null);

  async function confirm() {
    try {
      await onConfirm();
      setOpen(false);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

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
        {wrong && <p className={classes.error}>{wrong}</p>}
        <div className={forms.confirmActions}>
          <Button onClick={() => setOpen(false)}>Keep</Button>
          <Button className={forms.danger} onClick={confirm}>
            {sure}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
