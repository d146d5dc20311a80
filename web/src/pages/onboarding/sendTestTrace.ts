import { errorOf } from "../../api/client";
import { testTrace } from "./testTrace";

/** Sends one small trace the way an exporter would; throws the server's sentence when refused. */
export async function sendTestTrace(project: string): Promise<void> {
  const response = await fetch(new URL("v1/traces", document.baseURI), {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(testTrace(project, Date.now()).body),
  });
  if (!response.ok) throw errorOf(response.status, await bodyOf(response));
}

/** OTLP answers `{"code", "message"}`; both shapes end in the API's. */
async function bodyOf(response: Response): Promise<unknown> {
  const body = await response.json().catch(() => null);
  return body?.message
    ? { error: { code: `http_${response.status}`, message: body.message } }
    : body;
}
