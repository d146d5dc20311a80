import classes from "./FilterBar.module.css";
import { type Token, tokenize } from "./tokens";

interface Props {
  text: string;
  /** Where the server found a mistake. */
  wrongAt: number | null;
  scroll: number;
}

/** The coloured copy of the expression, under the field that is typed in. */
export function Highlighted({ text, wrongAt, scroll }: Props) {
  const tokens = tokenize(text);
  const wrong = wrongAt === null ? undefined : wrongToken(tokens, wrongAt);
  return (
    <div className={classes.coloured} aria-hidden>
      <span style={{ transform: `translateX(${-scroll}px)` }} className={classes.line}>
        {tokens.map((token) => (
          <span key={token.start} data-kind={token.kind} data-wrong={token === wrong || undefined}>
            {token.text}
          </span>
        ))}
        {wrongAt !== null && !wrong && <span data-wrong>{"\u00a0\u00a0"}</span>}
      </span>
    </div>
  );
}

/** The piece a mistake stands in: the one at the column, or the next that is no space. */
function wrongToken(tokens: readonly Token[], at: number): Token | undefined {
  return tokens.find((token) => token.end > at && token.kind !== "space");
}
