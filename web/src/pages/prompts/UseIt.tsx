import { useState } from "react";
import { CopyButton } from "../../parts/CopyButton";
import { Toggles } from "../../parts/Toggles";
import classes from "./content.module.css";
import type { Prompt, VersionDetail } from "./queries";
import { snippets } from "./snippets";

/** How code asks for a version, by a label where one points at it. */
export function UseIt({ prompt, version }: { prompt: Prompt; version: VersionDetail }) {
  const refs = [...version.labels, String(version.version), "latest"];
  const [ref, setRef] = useState(refs[0] as string);
  const named = refs.includes(ref) ? ref : (refs[0] as string);
  const address = new URL(".", document.baseURI).href.replace(/\/$/, "");
  const found = snippets(address, prompt.name, named, version.prompt?.variables ?? []);
  return (
    <div className={classes.use}>
      <Toggles label="Named by" values={refs} chosen={named} onChoose={setRef} />
      <p className={classes.quiet}>
        {version.labels.includes(named)
          ? `Follows the label: whoever moves ${named} changes what this code gets.`
          : named === "latest"
            ? "Always the newest version."
            : "Always this version."}
      </p>
      {found.map(({ title, code }) => (
        <section key={title} className={classes.snippet} aria-label={title}>
          <h3>
            {title}
            <CopyButton text={code} label={`Copy ${title}`} />
          </h3>
          <pre>{code}</pre>
        </section>
      ))}
    </div>
  );
}
