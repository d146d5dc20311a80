import { Button } from "../parts/Button";
import classes from "./chat.module.css";

/** What could not be loaded, in the place where it would stand. */
export function Problem({ sentence, onAgain }: { sentence: string; onAgain?: () => void }) {
  return (
    <div className={classes.problem} role="alert">
      <p>{sentence}</p>
      {onAgain && (
        <Button small onClick={onAgain}>
          Try again
        </Button>
      )}
    </div>
  );
}
