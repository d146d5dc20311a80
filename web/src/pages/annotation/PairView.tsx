import { useState } from "react";
import type { RunRef } from "./queries";
import { RunView } from "./RunView";
import classes from "./review.module.css";

/** Two runs side by side; on the phone one of them at a time. */
export function PairView({ first, second }: { first: RunRef; second: RunRef }) {
  const [shown, setShown] = useState<"A" | "B">("A");
  return (
    <>
      <div className={classes.pairSwitch} role="group" aria-label="Run that is shown">
        {(["A", "B"] as const).map((letter) => (
          <button
            key={letter}
            type="button"
            aria-pressed={shown === letter}
            onClick={() => setShown(letter)}
          >
            {letter}
          </button>
        ))}
      </div>
      <div className={classes.pair} data-shown={shown}>
        <div className={classes.side} data-letter="A">
          <RunView run={first} letter="A" />
        </div>
        <div className={classes.side} data-letter="B">
          <RunView run={second} letter="B" />
        </div>
      </div>
    </>
  );
}
