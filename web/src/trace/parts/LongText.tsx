import { useState } from "react";
import { plural } from "../../format";
import { type Cite, Markdown } from "./Markdown";
import classes from "./value.module.css";

const LONG = 6000;
const CUT = 3000;

interface Props {
  text: string;
  /** Drawn as Markdown; otherwise letter by letter. */
  markdown?: boolean;
  cite?: Cite;
  open?: boolean;
}

/** Text that is folded when it is very long. */
export function LongText({ text, markdown, cite, open: initially = false }: Props) {
  const [open, setOpen] = useState(initially);
  const cut = text.length > LONG && !open;
  const shown = cut ? text.slice(0, CUT) : text;
  return (
    <>
      {markdown ? (
        <Markdown text={shown} cite={cite} />
      ) : (
        <div className={classes.letters} dir="auto">
          {shown}
        </div>
      )}
      {cut && (
        <button
          type="button"
          className={classes.more}
          onClick={(event) => {
            event.stopPropagation();
            setOpen(true);
          }}
        >
          show all {plural(text.length, "character")}
        </button>
      )}
    </>
  );
}
