import classes from "./waterfall.module.css";

/** What the bars of the waterfall mean. */
export function Legend() {
  return (
    <ul className={classes.legend} aria-label="Legend">
      <li>
        <i className={classes.keyOn} /> on the critical path
      </li>
      <li>
        <i className={classes.keyOff} /> off it
      </li>
      <li>
        <i className={classes.keyFirst} /> until first token, then streaming
      </li>
      <li>
        <i className={classes.keyGap} /> gap: no span ran
      </li>
    </ul>
  );
}
