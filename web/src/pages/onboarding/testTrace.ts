/** The trace that "Send a test trace" sends: one question answered by one model call, as OTLP JSON. */

interface Attribute {
  key: string;
  value: { stringValue: string } | { intValue: string };
}

/** The body of `POST /v1/traces`; `now` is in milliseconds since 1970. */
export function testTrace(project: string, now: number) {
  const traceId = hex(32);
  const rootId = hex(16);
  const question = "Does a test trace arrive?";
  const answer = "It does. This one was sent by the page that you are looking at.";
  return {
    traceId,
    body: {
      resourceSpans: [
        {
          // An attribute, not a header: headers are ASCII, names of projects need not be.
          resource: { attributes: [text("pilothouse.project", project)] },
          scopeSpans: [
            {
              scope: { name: "pilothouse.onboarding" },
              spans: [
                {
                  traceId,
                  spanId: rootId,
                  name: "test trace",
                  kind: 1,
                  startTimeUnixNano: nanoseconds(now - 420),
                  endTimeUnixNano: nanoseconds(now),
                  attributes: [
                    text("openinference.span.kind", "CHAIN"),
                    text("input.value", question),
                    text("output.value", answer),
                    text("tag.tags", JSON.stringify(["test"])),
                  ],
                  status: { code: 1 },
                },
                {
                  traceId,
                  spanId: hex(16),
                  parentSpanId: rootId,
                  name: "answer",
                  kind: 3,
                  startTimeUnixNano: nanoseconds(now - 400),
                  endTimeUnixNano: nanoseconds(now - 20),
                  attributes: [
                    text("openinference.span.kind", "LLM"),
                    text("llm.model_name", "example-model"),
                    text("llm.input_messages.0.message.role", "user"),
                    text("llm.input_messages.0.message.content", question),
                    text("llm.output_messages.0.message.role", "assistant"),
                    text("llm.output_messages.0.message.content", answer),
                    whole("llm.token_count.prompt", 12),
                    whole("llm.token_count.completion", 16),
                  ],
                  status: { code: 1 },
                },
              ],
            },
          ],
        },
      ],
    },
  };
}

function text(key: string, value: string): Attribute {
  return { key, value: { stringValue: value } };
}

function whole(key: string, value: number): Attribute {
  return { key, value: { intValue: String(value) } };
}

/** A decimal string, as OTLP JSON wants it: nanoseconds do not fit a double. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds)}000000`;
}

function hex(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
