import type { ReactNode } from "react";
import { Skeleton } from "../parts/states";
import { ChangeMark } from "./ChangeMark";
import type { Change } from "./change";
import classes from "./charts.module.css";

interface Props {
  title: string;
  /** Of the heading. */
  level?: 2 | 3;
  /** Large and its unit, small: ["4.12", "s p50"]; null while it is not known yet. */
  figure?: [string, string] | null;
  change?: Change | null;
  /** A second, smaller figure: "44 % streamed". */
  more?: string;
  legend?: ReactNode;
  tools?: ReactNode;
}

/** The title of a card with its tools, and the one figure that it is about. */
export function CardHead({ title, level = 2, figure, change, more, legend, tools }: Props) {
  const Title = level === 3 ? "h3" : "h2";
  return (
    <>
      <div className={classes.head}>
        <Title className={`${classes.title} ellipsis`} title={title}>
          {title}
        </Title>
        {figure === undefined && legend}
        <span className={classes.tools}>{tools}</span>
      </div>
      {figure !== undefined && <Figure {...{ figure, change, more }} />}
      {figure !== undefined && <div className={classes.legendLine}>{legend}</div>}
    </>
  );
}

function Figure({ figure, change, more }: Pick<Props, "change" | "more" | "figure">) {
  return (
    <div className={classes.figureLine}>
      {figure ? (
        <>
          <span className={classes.figure}>{figure[0]}</span>
          {figure[1] && <span className={classes.figureUnit}>{figure[1]}</span>}
          <ChangeMark change={change ?? null} />
          {more && <span className={classes.figureMore}>{more}</span>}
        </>
      ) : (
        <Skeleton width={72} height={20} />
      )}
    </div>
  );
}
