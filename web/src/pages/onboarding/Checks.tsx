import type { Server } from "../../api/server";
import classes from "./onboarding.module.css";

/** What to look at when an application runs and nothing arrives. */
export function Checks({ server }: { server: Server }) {
  return (
    <ul className={classes.checks}>
      <li>
        Send a test trace. If it arrives, the server is well and the application does not reach it.
      </li>
      <li>
        From the machine of the application: <code>curl {server.address}/readyz</code>. In a
        container, <code>localhost</code> is the container itself.
      </li>
      <li>
        Tracing must start before the first model call, and a program that ends at once must flush:{" "}
        <code>ph.flush()</code>, or <code>shutdown()</code> of the OpenTelemetry provider.
      </li>
      {server.keyNeeded && (
        <li>This server asks for an API key; an exporter without one is answered 401.</li>
      )}
      <li>
        <code>pilothouse doctor</code> checks the server, its ports, its disk and its clock.
      </li>
    </ul>
  );
}
