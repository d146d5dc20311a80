import { CopyButton } from "./CopyButton";
import classes from "./judged.module.css";
import { ScrollBox } from "./ScrollBox";

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
    <div className={classes.words}>
      <h3>
        {title}
        {text && <CopyButton text={text} label={`Copy: ${title.toLowerCase()}`} />}
      </h3>
      <ScrollBox className={classes.text} label={title}>
        {text ? <pre dir="auto">{text}</pre> : <p className={classes.none}>It never answered.</p>}
      </ScrollBox>
    </div>
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
