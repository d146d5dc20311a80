import type { ReactNode } from "react";
import { useAddress } from "../../../address";
import classes from "./dashboards.module.css";

/** A board that covers the frame of the app where its address says so. */
export function Whole({ children }: { children: ReactNode }) {
  const [search] = useAddress();
  return (
    <div className={classes.whole} data-full={search.full === "1" || undefined}>
      {children}
    </div>
  );
}
