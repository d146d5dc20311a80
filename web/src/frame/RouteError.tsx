import { ErrorState } from "../parts/states";
import { Page } from "./Page";

/** A page that broke: its sentence in the frame, and another try. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Page crumbs={[{ label: "Error" }]} global>
      <ErrorState error={error} onRetry={reset} />
    </Page>
  );
}
