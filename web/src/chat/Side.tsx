import { useEffect, useRef } from "react";
import { useAbout } from "./about";
import classes from "./chat.module.css";
import { embedded } from "./page";
import { Sidebar } from "./Sidebar";
import type { useThreads } from "./useThreads";

interface Props {
  open: boolean;
  onClose: () => void;
  list: ReturnType<typeof useThreads>;
  words: string;
  onWords: (words: string) => void;
  shown: string;
  onOpen: (id: string | null) => void;
}

/** The list: beside the conversation where there is room, else a dialog over it. */
export function Side({ open, onClose, ...rest }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const signedIn = useAbout()?.signed_in ?? false;

  useEffect(() => {
    const shown = dialog.current;
    if (!shown) return;
    if (open && !shown.open) shown.showModal();
    if (!open && shown.open) shown.close();
  }, [open]);

  return (
    <>
      {!embedded && (
        <div className={classes.side}>
          <Sidebar {...rest} signedIn={signedIn} />
        </div>
      )}
      <dialog
        ref={dialog}
        className={classes.drawer}
        aria-label="Conversations"
        onClose={onClose}
        onClick={(event) => event.target === dialog.current && onClose()}
        onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
      >
        {open && <Sidebar {...rest} signedIn={signedIn} onClose={onClose} />}
      </dialog>
    </>
  );
}
