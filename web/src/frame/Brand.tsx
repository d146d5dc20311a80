import { ShipWheel } from "lucide-react";
import classes from "./frame.module.css";

export function Brand({ size = 20 }: { size?: number }) {
  return (
    <span className={classes.brand} style={{ width: size, height: size }} aria-hidden>
      <ShipWheel size={size * 0.7} strokeWidth={2} />
    </span>
  );
}
