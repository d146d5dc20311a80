import { useState } from "react";
import { count, plural } from "../../format";
import { type Cite, Markdown } from "./Markdown";
import classes from "./value.module.css";

const LONG = 6000;
const CUT = 3000;
/** Beyond this a click shows the next piece: ten megabytes at once would hold the page up. */
const PIECE = 200_000;

interface Props {
  text: string;
  /** Drawn as Markdown; otherwise letter by letter. */
  markdown?: boolean;
  cite?: Cite;
  open?: boolean;
}

/** Text that is folded when it is very long. */
export function LongText({ text, markdown, cite, open: initially = false }: Props) {
  const [upTo, setUpTo] = useState(initially ? PIECE : text.length > LONG ? CUT : LONG);
  const cut = text.length > upTo;
  const shown = cut ? text.slice(0, upTo) : text;
  const rest = text.length - (upTo <= CUT ? 0 : upTo);
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
            setUpTo(upTo <= CUT ? PIECE : upTo + PIECE);
          }}
        >
          {rest > PIECE || upTo > CUT
            ? `show ${plural(Math.min(PIECE, rest), "more character")} of ${count(text.length)}`
            : `show all ${plural(text.length, "character")}`}
        </button>
      )}
    </>
  );
}
