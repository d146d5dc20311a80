import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "../parts/Button";
import classes from "./modal.module.css";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog of the browser's own: it keeps the focus, closes by Escape, and gives the focus back. */
export function Modal({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={classes.modal}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
    >
      <div className={classes.inside}>
        <div className={classes.head}>
          <h2 id={id}>{title}</h2>
          <Button look="quiet" icon={X} aria-label="Close" onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}
