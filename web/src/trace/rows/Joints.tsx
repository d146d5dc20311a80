import type { CSSProperties } from "react";
import type { Joint, Window } from "../waterfall";
import { ROW } from "./useTreeRows";
import classes from "./waterfall.module.css";

interface Props {
  joints: Joint[];
  view: Window;
  /** Rows in view; joints beside them are not drawn. */
  first: number;
  last: number;
}

/** The lines that join the steps of the critical path. */
export function Joints({ joints, view, first, last }: Props) {
  const share = (at: number) => (at - view.from) / (view.to - view.from);
  const seen = joints.filter((joint) => {
    const [top, bottom] = [
      Math.min(joint.fromRow, joint.toRow),
      Math.max(joint.fromRow, joint.toRow),
    ];
    const x = share(joint.at);
    return bottom >= first && top <= last && x >= -0.005 && x <= 1.05;
  });
  return (
    <div className={classes.joints} aria-hidden>
      {seen.map((joint) => {
        const [x, until] = [share(joint.at), share(joint.until)];
        const down = joint.toRow > joint.fromRow;
        const across = joint.waits && until - x > 0.004;
        const top = down ? joint.fromRow * ROW + 20 : joint.toRow * ROW + 20;
        const bottom = down ? joint.toRow * ROW + (across ? 14 : 8) : joint.fromRow * ROW + 8;
        const style = { "--x": x, top, height: Math.max(0, bottom - top) } as CSSProperties;
        return (
          <div key={`${joint.fromRow} ${joint.toRow} ${joint.at}`}>
            <i className={classes.joint} data-waits={joint.waits || undefined} style={style} />
            {across && (
              <i
                className={classes.across}
                style={
                  {
                    "--x": x,
                    "--to": Math.min(until, 1.1),
                    top: joint.toRow * ROW + 14,
                  } as CSSProperties
                }
              />
            )}
          </div>
        );
      })}
    </div>
  );
}
