import { CopyButton } from "./CopyButton";
import classes from "./judged.module.css";

/** What a judge was asked: a text, or messages. */
export type Asked = string | readonly { role: string; content: unknown }[] | null | undefined;

interface Props {
  prompt: Asked;
  raw: string | null | undefined;
}

/** What a judge was asked and what it answered, word by word. */
export function Judged({ prompt, raw }: Props) {
  const asked = askedText(prompt);
  if (!asked && !raw) return <p className={classes.none}>No model was asked.</p>;
  return (
    <div className={classes.judged}>
      {asked && <Words title="Prompt" text={asked} />}
      <Words title="Raw answer" text={raw ?? ""} />
    </div>
  );
}

function Words({ title, text }: { title: string; text: string }) {
  return (
    <section className={classes.words} aria-label={title}>
      <h3>
        {title}
        {text && <CopyButton text={text} label={`Copy: ${title.toLowerCase()}`} />}
      </h3>
      {text ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by key
        <pre tabIndex={0} dir="auto">
          {text}
        </pre>
      ) : (
        <p className={classes.none}>It never answered.</p>
      )}
    </section>
  );
}

function askedText(prompt: Asked): string {
  if (!prompt) return "";
  if (typeof prompt === "string") return prompt;
  return prompt
    .map(({ role, content }) => {
      const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
      return `${role}:\n${text}`;
    })
    .join("\n\n");
}
