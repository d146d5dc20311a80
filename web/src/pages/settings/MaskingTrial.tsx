import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { send } from "../../api/client";
import { Area } from "../../parts/Area";
import field from "../../parts/field.module.css";
import forms from "./forms.module.css";
import type { MaskingRule } from "./rules";
import classes from "./settings.module.css";

const EXAMPLE =
  "Please refund order ORD-204815 to ada@example.com, card 4111 1111 1111 1111. " +
  "My number is +49 30 901820.";

/** A text and what the rules, as they stand on the page, leave of it. */
export function MaskingTrial({ rules }: { rules: readonly MaskingRule[] }) {
  const [text, setText] = useState(EXAMPLE);
  const [asked] = useDebouncedValue({ rules, text }, 250);
  const id = useId();
  const { data, error } = useQuery({
    queryKey: ["masking-trial", asked],
    queryFn: ({ signal }) => send<{ text: string }>("POST", "masking/try", asked, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <section className={classes.section} aria-labelledby={`${id}-title`}>
      <h3 className={classes.sectionTitle} id={`${id}-title`}>
        Try it
      </h3>
      <div className={forms.trial}>
        <Area
          label="A text as it would arrive"
          rows={5}
          spellCheck={false}
          value={text}
          onChange={setText}
        />
        <div>
          <div className={field.label} id={`${id}-result`}>
            As it would be stored
          </div>
          <div className={forms.result} role="status" aria-labelledby={`${id}-result`}>
            {error ? <span className={classes.error}>{error.message}</span> : (data?.text ?? "")}
          </div>
        </div>
      </div>
    </section>
  );
}
