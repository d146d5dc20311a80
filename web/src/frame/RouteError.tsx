import { ApiError } from "../api/client";
import { ErrorState } from "../parts/states";
import { serverAnswers } from "./latePage";
import { Page } from "./Page";

/** A page that broke: its sentence in the frame, and another try. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  /** Code that could not be fetched is only asked for again by a new page. */
  async function again() {
    const lost = error instanceof ApiError && error.status === 0;
    if (lost && (await serverAnswers())) window.location.reload();
    else reset();
  }

  return (
    <Page crumbs={[{ label: "Error" }]} global>
      <ErrorState error={error} onRetry={again} />
    </Page>
  );
}
