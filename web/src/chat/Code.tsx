import { useEffect, useState } from "react";
import { CopyButton } from "../parts/CopyButton";
import { ScrollBox } from "../parts/ScrollBox";
import classes from "./code.module.css";
import type { Piece } from "./highlight";

/** Longer code is shown without colours: telling them would hold up the page. */
const LONGEST = 40_000;

/** A block of code with its language, a copy button, and colours once their code is there. */
export function Code({ text, language, live }: { text: string; language: string; live?: boolean }) {
  const [pieces, setPieces] = useState<Piece[] | null>(null);
  const name = language.split(/[\s{]/)[0] ?? "";

  useEffect(() => {
    if (live || !name || text.length > LONGEST) return;
    let gone = false;
    void import("./highlight").then(({ highlight }) => {
      if (!gone) setPieces(highlight(text, name));
    });
    return () => {
      gone = true;
    };
  }, [text, name, live]);

  return (
    <div className={classes.block}>
      <div className={classes.head}>
        <span>{name || "text"}</span>
        <CopyButton text={text} label="Copy code" />
      </div>
      <ScrollBox className={classes.code} role="group" label={`Code, ${name || "text"}`}>
        <pre>
          <code>
            {pieces && pieces.map((piece) => piece.text).join("") === text
              ? pieces.map((piece) => (
                  <span key={piece.at} data-kind={piece.kind}>
                    {piece.text}
                  </span>
                ))
              : text}
          </code>
        </pre>
      </ScrollBox>
    </div>
  );
}
