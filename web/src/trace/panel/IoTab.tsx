import { useCallback, useState } from "react";
import { count, plural, UNKNOWN } from "../../format";
import { keyOf } from "../../keyOf";
import { CopyButton } from "../../parts/CopyButton";
import { CiteMark } from "../conversation/CiteMark";
import { pretty } from "../json";
import { messageText } from "../messages";
import type { Message, Span } from "../model";
import { JsonView } from "../parts/JsonView";
import { LongText } from "../parts/LongText";
import { Value } from "../parts/Value";
import { useTraceView } from "../view";
import { DocumentList } from "./DocumentList";
import { MessageList, MessageParts } from "./MessageList";
import classes from "./panel.module.css";
import { documentsBefore } from "./reranked";
import { UsageCost } from "./UsageCost";

const MODES = ["Formatted", "JSON", "Raw"] as const;
type Mode = (typeof MODES)[number];

/** What went into a span and what came out, as its kind asks for. */
export function IoTab({ span }: { span: Span }) {
  const [mode, setMode] = useState<Mode>("Formatted");
  const input = inputOf(span);
  const output = outputOf(span);
  return (
    <>
      <section className={classes.section}>
        <div className={classes.sectionHead}>
          <h3 className={classes.sectionTitle}>{input.title}</h3>
          <span className={classes.sectionNote}>{input.note}</span>
          <Modes mode={mode} setMode={setMode} />
        </div>
        {mode === "Formatted" ? (
          <Formatted span={span} />
        ) : (
          <Plain value={input.value} raw={mode === "Raw"} />
        )}
      </section>
      <section className={classes.section}>
        <div className={classes.sectionHead}>
          <h3 className={classes.sectionTitle}>{output.title}</h3>
          <span className={classes.sectionNote}>{output.note}</span>
          <CopyButton text={() => copied(span)} label="Copy output" />
        </div>
        {mode === "Formatted" ? (
          <FormattedOutput span={span} />
        ) : (
          <Plain value={output.value} raw={mode === "Raw"} />
        )}
      </section>
      {(span.prompt?.name || span.prompt?.template) && <Prompt span={span} />}
      {(span.tools?.length ?? 0) > 0 && <Tools span={span} />}
      <UsageCost span={span} />
    </>
  );
}

interface Side {
  title: string;
  note: string;
  value: unknown;
}

function inputOf(span: Span): Side {
  const messages = span.messages_in ?? [];
  if (messages.length > 0) {
    const tokens = span.usage?.input_tokens;
    const note = [
      plural(messages.length, "message"),
      tokens != null ? `${count(tokens)} tokens` : null,
    ];
    return { title: "Input", note: note.filter(Boolean).join(", "), value: messages };
  }
  const texts = span.embedding_inputs ?? [];
  if (texts.length > 0) return { title: "Texts", note: plural(texts.length, "text"), value: texts };
  const title =
    { tool: "Arguments", retriever: "Query", reranker: "Query" }[span.kind as string] ?? "Input";
  return { title, note: "", value: span.input };
}

function outputOf(span: Span): Side {
  const messages = span.messages_out ?? [];
  const reason = messages.find((one) => one.finish_reason)?.finish_reason;
  if (messages.length > 0) {
    return { title: "Output", note: reason ? `finish reason ${reason}` : "", value: messages };
  }
  const documents = span.documents ?? [];
  if (documents.length > 0) {
    return { title: "Documents", note: plural(documents.length, "document"), value: documents };
  }
  return { title: span.kind === "tool" ? "Result" : "Output", note: "", value: span.output };
}

function copied(span: Span): string {
  const text = (span.messages_out ?? []).map(messageText).filter(Boolean).join("\n\n");
  return text || pretty(outputOf(span).value ?? "");
}

function Formatted({ span }: { span: Span }) {
  if (span.messages_in?.length) return <MessageList messages={span.messages_in} />;
  if (span.embedding_inputs?.length) return <Texts texts={span.embedding_inputs} />;
  return <Value value={span.input} />;
}

function FormattedOutput({ span }: { span: Span }) {
  const { citations } = useTraceView();
  const cite = useCallback(
    (label: string) => {
      const citation = citations(span.span_id)?.get(label);
      return citation ? <CiteMark citation={citation} /> : null;
    },
    [citations, span.span_id],
  );
  if (span.messages_out?.length) {
    return (
      <>
        {span.messages_out.map((message: Message) => (
          <MessageParts key={keyOf(message)} message={message} cite={cite} />
        ))}
      </>
    );
  }
  if (span.documents?.length) {
    const before = span.kind === "reranker" ? documentsBefore(span) : [];
    return <DocumentList documents={span.documents} before={before} />;
  }
  return <Value value={span.output} />;
}

function Plain({ value, raw }: { value: unknown; raw: boolean }) {
  if (value === null || value === undefined)
    return <span className={classes.quiet}>{UNKNOWN}</span>;
  if (raw || typeof value !== "object") {
    return (
      <div className={classes.wellPadded}>
        <LongText text={pretty(value)} />
      </div>
    );
  }
  return (
    <div className={classes.well}>
      <JsonView value={value} />
    </div>
  );
}

function Modes({ mode, setMode }: { mode: Mode; setMode: (mode: Mode) => void }) {
  return (
    <div className={classes.modes} role="group" aria-label="How to show it">
      {MODES.map((one) => (
        <button key={one} type="button" aria-pressed={one === mode} onClick={() => setMode(one)}>
          {one}
        </button>
      ))}
    </div>
  );
}

function Texts({ texts }: { texts: string[] }) {
  const [all, setAll] = useState(false);
  const shown = [...texts.entries()].slice(0, all ? texts.length : 20);
  return (
    <div className={classes.list}>
      {shown.map(([at, text]) => (
        <div key={at} className={classes.textRow}>
          <LongText text={text} />
        </div>
      ))}
      {texts.length > shown.length && (
        <button type="button" className={classes.moreRows} onClick={() => setAll(true)}>
          show all {count(texts.length)}
        </button>
      )}
    </div>
  );
}

function Prompt({ span }: { span: Span }) {
  const prompt = span.prompt;
  if (!prompt) return null;
  return (
    <section className={classes.section}>
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Prompt</h3>
        <span className={classes.sectionNote}>
          {[prompt.name, prompt.version && `version ${prompt.version}`].filter(Boolean).join(", ")}
        </span>
      </div>
      {prompt.template ? (
        <div className={classes.wellPadded}>
          <LongText text={pretty(prompt.template)} />
        </div>
      ) : null}
      {prompt.variables && Object.keys(prompt.variables).length > 0 && (
        <div className={classes.well}>
          <JsonView value={prompt.variables} />
        </div>
      )}
    </section>
  );
}

function Tools({ span }: { span: Span }) {
  const [open, setOpen] = useState<number | null>(null);
  const tools = (span.tools ?? []) as {
    name?: string;
    description?: string;
    parameters?: unknown;
  }[];
  return (
    <section className={classes.section}>
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Tools</h3>
        <span className={classes.sectionNote}>{plural(tools.length, "definition")}</span>
      </div>
      <div className={classes.list}>
        {tools.map((tool, at) => (
          <div key={keyOf(tool)}>
            <button
              type="button"
              className={classes.listRow}
              aria-expanded={open === at}
              onClick={() => setOpen(open === at ? null : at)}
            >
              <span className={classes.toolName}>{tool.name ?? UNKNOWN}</span>
              <span className="ellipsis">{tool.description ?? ""}</span>
            </button>
            {open === at && (
              <div className={classes.listOpen}>
                {tool.description && <p>{tool.description}</p>}
                <JsonView value={tool.parameters ?? tool} />
              </div>
            )}
          </div>
        ))}
      </div>
    </section>
  );
}
