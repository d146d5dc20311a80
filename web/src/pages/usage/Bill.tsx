import { useMutation } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useRef, useState } from "react";
import type { Provider, Reconciliation } from "../../api/costs";
import { upload } from "../../api/upload";
import { Button } from "../../parts/Button";
import { Problem } from "../../parts/Problem";
import { Toggles } from "../../parts/Toggles";
import { BillTable } from "./BillTable";
import classes from "./usage.module.css";

const PROVIDERS = ["openai", "anthropic"] as const;
const NAMES = { openai: "OpenAI", anthropic: "Anthropic" };

/** A provider's usage or cost export, held against what was recorded. */
export function Bill({ project }: { project: string | undefined }) {
  const [provider, setProvider] = useState<Provider>("openai");
  const input = useRef<HTMLInputElement>(null);
  const held = useMutation({
    mutationFn: (file: File) =>
      upload<Reconciliation>("costs/reconcile", { provider, project }, file),
  });
  return (
    <>
      <div className={classes.bar}>
        <Toggles
          label="Provider"
          values={PROVIDERS}
          names={NAMES}
          chosen={provider}
          onChoose={(next) => {
            setProvider(next);
            held.reset();
          }}
        />
        <Button icon={Upload} disabled={held.isPending} onClick={() => input.current?.click()}>
          {held.isPending ? "Comparing …" : "Choose a file"}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          aria-label="Export of the provider"
          accept=".csv,.tsv,.json,.jsonl,.ndjson"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) held.mutate(file);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <div className={classes.told}>
        <Problem error={held.error} />
      </div>
      {held.data ? (
        <BillTable found={held.data} />
      ) : (
        <p className={classes.note}>
          The usage or cost export of {NAMES[provider]}, by day and model: CSV of its console, or
          JSON of its usage and cost APIs. It is compared and not kept.
        </p>
      )}
    </>
  );
}
