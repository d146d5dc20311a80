import { Check, Copy, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "./Button";

interface Props {
  /** What lands on the clipboard; a function is asked when pressed. */
  text: string | (() => string);
  label?: string;
  /** With its word, as on code blocks; otherwise the icon alone. */
  word?: boolean;
  look?: "line" | "quiet";
  /** What is copied is no text but a link, say. */
  icon?: LucideIcon;
}

/** Copies and says so for two seconds. */
export function CopyButton({ text, label = "Copy", word, look = "quiet", icon = Copy }: Props) {
  const [copied, setCopied] = useState(false);

  async function copy() {
    await writeClipboard(typeof text === "function" ? text() : text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <Button
      look={look}
      small
      icon={copied ? Check : icon}
      onClick={copy}
      aria-label={copied ? "Copied" : label}
      title={label}
    >
      {word ? (copied ? "Copied" : label) : undefined}
    </Button>
  );
}

/** The clipboard, also where the page is served without TLS and the browser withholds the API. */
export async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // refused by the browser: the old way below still works on a click
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
