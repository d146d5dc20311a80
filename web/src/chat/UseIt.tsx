import { useState } from "react";
import { Button } from "../parts/Button";
import { useAbout } from "./about";
import { Code } from "./Code";
import { Modal } from "./Modal";
import classes from "./modal.module.css";
import { curl, program } from "./snippets";

interface Props {
  input: unknown;
  thread: string | null;
  onClose: () => void;
}

/** The last question as a command and as a program, ready to copy. */
export function UseIt({ input, thread, onClose }: Props) {
  const about = useAbout();
  const [goesOn, setGoesOn] = useState(true);
  const request = { input, thread: goesOn ? thread : null };
  const signedIn = about?.signed_in ?? false;
  return (
    <Modal title="Use it from a program" onClose={onClose}>
      <p className={classes.hint}>
        {signedIn ? "Put your key into the variable API_KEY." : "No key is asked for here."}
        {thread && goesOn && " It goes on with this conversation."}
      </p>
      <Code text={curl(request, signedIn)} language="bash" />
      <div className={classes.actions} />
      <Code text={program(request, signedIn)} language="python" />
      {thread && (
        <div className={classes.actions}>
          <Button small onClick={() => setGoesOn(!goesOn)} aria-pressed={goesOn}>
            {goesOn ? "Without this conversation" : "With this conversation"}
          </Button>
        </div>
      )}
    </Modal>
  );
}
