import { Popover } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Button } from "../../parts/Button";
import forms from "./forms.module.css";

/** A button that opens what can be tried; it is told how to close again. */
export function TestPopover({ children }: { children: (close: () => void) => ReactNode }) {
  const [open, setOpen] = useState(false);
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
        {children(() => setOpen(false))}
      </Popover.Dropdown>
    </Popover>
  );
}
