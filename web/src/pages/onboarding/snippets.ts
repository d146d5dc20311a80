/** The set-up of each library in two steps, with this server's real address filled in. */

import type { Language } from "./highlight";

export interface Target {
  /** Where this server is reached, without a slash at the end: "http://localhost:8484". */
  address: string;
  project: string;
  /** Whether requests must carry an API key. */
  keyNeeded: boolean;
}

export interface Step {
  title: string;
  /** One sentence under the title; `words in backticks` are code. */
  note?: string;
  code: string;
  language: Language;
}

export interface Setup {
  /** Stands in the address: ?library=openai */
  key: string;
  label: string;
  steps: readonly [Step, Step];
}

export const KEY_PLACEHOLDER = "YOUR_API_KEY";

export function setupsFor(target: Target): Setup[] {
  return [
    python(target),
    openai(target),
    anthropic(target),
    langchain(target),
    llamaindex(target),
    pydanticAi(target),
    vercelAi(target),
    langfuse(target),
    langsmith(target),
    openTelemetry(target),
    curl(target),
  ];
}

const QUESTION = "Can I return an opened item?";

function python(target: Target): Setup {
  return {
    key: "python",
    label: "Python",
    steps: [
      pip("'pilothouse[openai]' openai"),
      {
        title: "Add two lines and call your model",
        note: "Every OpenAI call after `init` is traced, with tokens, cost and streaming times.",
        language: "python",
        code: `import pilothouse as ph
from openai import OpenAI

${init(target)}

@ph.observe
def answer(question: str) -> str:
    r = OpenAI().responses.create(model="gpt-5-mini", input=question)
    return r.output_text

answer("${QUESTION}")`,
      },
    ],
  };
}

function openai(target: Target): Setup {
  return {
    key: "openai",
    label: "OpenAI",
    steps: [
      pip("'pilothouse[openai]' openai"),
      {
        title: "Start tracing before the first call",
        note: "Chat completions, responses and embeddings are traced, streams included.",
        language: "python",
        code: `import pilothouse as ph
from openai import OpenAI

${init(target)}

completion = OpenAI().chat.completions.create(
    model="gpt-5-mini",
    messages=[{"role": "user", "content": "${QUESTION}"}],
)
print(completion.choices[0].message.content)`,
      },
    ],
  };
}

function anthropic(target: Target): Setup {
  return {
    key: "anthropic",
    label: "Anthropic",
    steps: [
      pip("'pilothouse[anthropic]' anthropic"),
      {
        title: "Start tracing before the first call",
        note: "Messages are traced with tool use, thinking and the tokens read from the prompt cache.",
        language: "python",
        code: `import pilothouse as ph
from anthropic import Anthropic

${init(target)}

message = Anthropic().messages.create(
    model="claude-sonnet-4-5",
    max_tokens=500,
    messages=[{"role": "user", "content": "${QUESTION}"}],
)
print(message.content[0].text)`,
      },
    ],
  };
}

function langchain(target: Target): Setup {
  return {
    key: "langchain",
    label: "LangChain",
    steps: [
      pip("'pilothouse[langchain]' langchain langchain-openai"),
      {
        title: "Start tracing before the first run",
        note: "Chains, LangGraph agents, tools and retrievers each become a span.",
        language: "python",
        code: `import pilothouse as ph
from langchain.chat_models import init_chat_model

${init(target)}

model = init_chat_model("openai:gpt-5-mini")
print(model.invoke("${QUESTION}").content)`,
      },
    ],
  };
}

function llamaindex(target: Target): Setup {
  return {
    key: "llamaindex",
    label: "LlamaIndex",
    steps: [
      pip("'pilothouse[llamaindex]' llama-index"),
      {
        title: "Start tracing before the first query",
        note: "Retrieval shows its documents with their scores, model calls their tokens.",
        language: "python",
        code: `import pilothouse as ph
from llama_index.core import Document, VectorStoreIndex

${init(target)}

index = VectorStoreIndex.from_documents(
    [Document(text="Opened items can be returned within 60 days.")]
)
print(index.as_query_engine().query("${QUESTION}"))`,
      },
    ],
  };
}

function pydanticAi(target: Target): Setup {
  return {
    key: "pydantic-ai",
    label: "Pydantic AI",
    steps: [
      pip("pilothouse 'pydantic-ai-slim[openai]'"),
      {
        title: "Start tracing before the first run",
        note: "Pydantic AI writes its own spans; `init` switches them on for all agents.",
        language: "python",
        code: `import pilothouse as ph
from pydantic_ai import Agent

${init(target)}

agent = Agent("openai:gpt-5-mini")
print(agent.run_sync("${QUESTION}").output)`,
      },
    ],
  };
}

function vercelAi(target: Target): Setup {
  return {
    key: "vercel-ai",
    label: "Vercel AI",
    steps: [
      {
        title: "Install",
        language: "shell",
        code: `npm install ai @ai-sdk/openai @ai-sdk/otel @opentelemetry/sdk-node
${exports(target)}`,
      },
      {
        title: "Register the telemetry once",
        note: "For version 7. Versions 5 and 6 need no `@ai-sdk/otel`; set `experimental_telemetry: { isEnabled: true }` on each call.",
        language: "js",
        code: `import { OpenTelemetry } from "@ai-sdk/otel";
import { openai } from "@ai-sdk/openai";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { generateText, registerTelemetry } from "ai";

const sdk = new NodeSDK();
sdk.start();
registerTelemetry(new OpenTelemetry());

const { text } = await generateText({
  model: openai("gpt-5-mini"),
  prompt: "${QUESTION}",
});
console.log(text);
await sdk.shutdown();`,
      },
    ],
  };
}

function langfuse(target: Target): Setup {
  const secret = target.keyNeeded ? KEY_PLACEHOLDER : "any";
  return {
    key: "langfuse",
    label: "Langfuse SDK",
    steps: [
      {
        title: "Point the SDK here",
        note: "The code of your application stays as it is. Needs version 3 or newer of the SDK.",
        language: "shell",
        code: `export LANGFUSE_HOST=${shellWord(target.address)}
export LANGFUSE_PUBLIC_KEY=pilothouse
export LANGFUSE_SECRET_KEY=${secret}
export OTEL_SERVICE_NAME=${shellWord(target.project)}`,
      },
      {
        title: "Run your application",
        note: "Spans, generations, sessions, users and tags arrive by the SDK's own export.",
        language: "python",
        code: `from langfuse import get_client, observe

@observe
def answer(question: str) -> str:
    return "Yes, within 60 days."

answer("${QUESTION}")
get_client().flush()`,
      },
    ],
  };
}

function langsmith(target: Target): Setup {
  return {
    key: "langsmith",
    label: "LangSmith SDK",
    steps: [
      {
        title: "Point the SDK here",
        note: "The code of your application stays as it is.",
        language: "shell",
        code: `export LANGSMITH_TRACING=true
export LANGSMITH_ENDPOINT=${shellWord(`${target.address}/langsmith`)}
export LANGSMITH_API_KEY=${target.keyNeeded ? KEY_PLACEHOLDER : "any"}
export LANGSMITH_PROJECT=${shellWord(target.project)}`,
      },
      {
        title: "Run your application",
        note: "Runs of `traceable`, LangChain and LangGraph arrive, with feedback and attachments.",
        language: "python",
        code: `from langsmith import traceable

@traceable
def answer(question: str) -> str:
    return "Yes, within 60 days."

answer("${QUESTION}")`,
      },
    ],
  };
}

function openTelemetry(target: Target): Setup {
  return {
    key: "opentelemetry",
    label: "OpenTelemetry",
    steps: [
      {
        title: "Set the endpoint",
        note: "For every OpenTelemetry SDK and every instrumentation that uses one.",
        language: "shell",
        code: exports(target),
      },
      {
        title: "Run your instrumented application",
        note: "In Python, `opentelemetry-instrument` starts the SDK without a change of code.",
        language: "shell",
        code: `pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http
pip install openinference-instrumentation-openai
opentelemetry-instrument python your_app.py`,
      },
    ],
  };
}

function curl(target: Target): Setup {
  const key = target.keyNeeded ? ` \\\n  -H "authorization: Bearer ${KEY_PLACEHOLDER}"` : "";
  // The JSON stands between single quotes, which a name may contain.
  const project = JSON.stringify(target.project).replaceAll("'", "'\\''");
  return {
    key: "curl",
    label: "curl",
    steps: [
      {
        title: "Ask whether the server is ready",
        language: "shell",
        code: `curl ${shellWord(`${target.address}/readyz`)}`,
      },
      {
        title: "Send one span",
        note: "OpenTelemetry's JSON. Ids are made on the spot; the times are now.",
        language: "shell",
        code: `curl ${shellWord(`${target.address}/v1/traces`)} \\
  -H "content-type: application/json"${key} \\
  -d '{"resourceSpans": [{
    "resource": {"attributes": [
      {"key": "service.name", "value": {"stringValue": ${project}}}]},
    "scopeSpans": [{"spans": [{
      "traceId": "'$(openssl rand -hex 16)'",
      "spanId": "'$(openssl rand -hex 8)'",
      "name": "answer",
      "kind": 1,
      "startTimeUnixNano": "'$(date +%s)000000000'",
      "endTimeUnixNano": "'$(date +%s)250000000'",
      "attributes": [
        {"key": "openinference.span.kind", "value": {"stringValue": "CHAIN"}},
        {"key": "input.value", "value": {"stringValue": "${QUESTION}"}},
        {"key": "output.value", "value": {"stringValue": "Yes, within 60 days."}}
      ]}]}]}]}'`,
      },
    ],
  };
}

function pip(packages: string): Step {
  return { title: "Install", language: "shell", code: `pip install ${packages}` };
}

function init({ address, project, keyNeeded }: Target): string {
  const where = `project=${JSON.stringify(project)}, endpoint=${JSON.stringify(address)}`;
  if (!keyNeeded) return `ph.init(${where})`;
  return `ph.init(${where}, api_key="${KEY_PLACEHOLDER}")`;
}

/** The variables that every OpenTelemetry SDK reads. */
function exports({ address, project, keyNeeded }: Target): string {
  const lines = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${shellWord(address)}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    `export OTEL_SERVICE_NAME=${shellWord(project)}`,
  ];
  if (keyNeeded) {
    lines.push(`export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${KEY_PLACEHOLDER}"`);
  }
  return lines.join("\n");
}

/** A word that the shell takes as it stands, in single quotes where it would not. */
function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
