import { type ReactNode, useMemo } from "react";
import { keyOf } from "../../keyOf";
import classes from "./content.module.css";
import { contentOf, modelOf, pieces } from "./plain";
import type { Message, PlainPrompt, VersionDetail } from "./queries";

/** What a version says: messages with their variables marked, the model and its settings. */
export function Content({ version }: { version: VersionDetail }) {
  const { prompt, files } = version;
  if (!prompt) return <Files files={files ?? {}} />;
  return (
    <div className={classes.content}>
      <Messages messages={prompt.messages} format={prompt.template_format} />
      <Settings prompt={prompt} />
    </div>
  );
}

interface MessagesProps {
  messages: readonly Message[];
  /** Of the templates; nothing is marked without. */
  format?: string;
}

export function Messages({ messages, format }: MessagesProps) {
  return (
    <ol className={classes.messages}>
      {messages.map((message, at) => {
        const role = String(message.role ?? "");
        const key = `${at} ${role}`;
        if (role === "placeholder") {
          return (
            <li key={key} className={classes.placeholder}>
              the messages of <code className={classes.variable}>{String(message.name)}</code>
              {message.optional === true && ", if there are any"}
            </li>
          );
        }
        const text = contentOf(message);
        return (
          <li key={key} className={classes.message}>
            <h3>{role}</h3>
            <p dir="auto">
              {format && !message.literal ? <Marked text={text} format={format} /> : text}
            </p>
          </li>
        );
      })}
    </ol>
  );
}

function Marked({ text, format }: { text: string; format: string }) {
  const marked = useMemo(() => pieces(text, format), [text, format]);
  return marked.map((piece) =>
    piece.variable ? (
      <code key={keyOf(piece)} className={classes.variable}>
        {piece.text}
      </code>
    ) : (
      piece.text
    ),
  );
}

function Settings({ prompt }: { prompt: PlainPrompt }) {
  const model = modelOf(prompt);
  const parameters = Object.entries(prompt.parameters ?? {});
  return (
    <aside className={classes.settings} aria-label="Variables and model">
      <Section title="Variables">
        {(prompt.variables ?? []).length === 0 ? (
          <p className={classes.quiet}>None: it always says the same.</p>
        ) : (
          <ul className={classes.variables}>
            {(prompt.variables ?? []).map((name) => (
              <li key={name}>
                <code className={classes.variable}>{name}</code>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section title="Model">
        {model ? (
          <p>
            {model.name}
            {model.provider && <span className={classes.quiet}> · {model.provider}</span>}
          </p>
        ) : (
          <p className={classes.quiet}>Left to whoever uses it.</p>
        )}
        {parameters.length > 0 && (
          <dl className={classes.parameters}>
            {parameters.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Section>
      {(prompt.tools ?? []).length > 0 && (
        <Section title="Tools">
          <pre className={classes.json}>{JSON.stringify(prompt.tools, null, 2)}</pre>
        </Section>
      )}
      {prompt.schema && (
        <Section title="Schema of the answer">
          <pre className={classes.json}>{JSON.stringify(prompt.schema, null, 2)}</pre>
        </Section>
      )}
      <Section title="Templates">
        <p className={classes.quiet}>{prompt.template_format}</p>
      </Section>
    </aside>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className={classes.sectionTitle}>{title}</h3>
      {children}
    </section>
  );
}

/** The folder of an agent or a skill. */
function Files({ files }: { files: Record<string, unknown> }) {
  const paths = Object.keys(files).sort();
  if (paths.length === 0) return <p className={classes.none}>This version has no files.</p>;
  return (
    <div className={classes.files}>
      {paths.map((path) => (
        <details key={path} open={paths.length <= 8}>
          <summary>
            <code>{path}</code>
          </summary>
          <pre>{fileText(files[path])}</pre>
        </details>
      ))}
    </div>
  );
}

function fileText(file: unknown): string {
  if (typeof file === "string") return file;
  const content = (file as { content?: unknown } | null)?.content;
  return typeof content === "string" ? content : JSON.stringify(file, null, 2);
}
