import { Check, Share2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../parts/Button";
import { writeClipboard } from "../parts/CopyButton";

/** Copies the address of what is shown. */
export function ShareButton() {
  const [copied, setCopied] = useState(false);

  async function copy() {
    await writeClipboard(window.location.href);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <Button
      look="quiet"
      icon={copied ? Check : Share2}
      onClick={copy}
      aria-label={copied ? "Link copied" : "Copy link"}
      title="Copy link"
    />
  );
}
