import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { send } from "../../api/client";
import { type Provider, type ProviderTested, providerPath } from "../../api/providers";
import { duration } from "../../format";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import form from "../../parts/form.module.css";
import forms from "./forms.module.css";
import { Outcome } from "./Outcome";
import { TestPopover } from "./TestPopover";

/** Asks one of a provider's models something small: whether address, key and model are right. */
export function ModelTest({ provider }: { provider: Provider }) {
  const [model, setModel] = useState(provider.models[0] ?? "");
  const list = useId();
  const test = useMutation({
    mutationFn: () => send<ProviderTested>("POST", providerPath(provider.name, "/test"), { model }),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    if (model.trim() && !test.isPending) test.mutate();
  }
  return (
    <TestPopover>
      {(close) => (
        <form className={form.form} onSubmit={submit}>
          <Field
            label="Model"
            value={model}
            onChange={(next) => {
              setModel(next);
              test.reset();
            }}
            list={list}
            autoComplete="off"
            spellCheck={false}
            mono
            data-autofocus
          />
          <datalist id={list}>
            {provider.models.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Outcome
            well={test.data?.ok && `It answered in ${duration(test.data.latency_ms)}`}
            failed={test.error?.message ?? test.data?.error}
          />
          <div className={forms.confirmActions}>
            <Button onClick={close}>Close</Button>
            <Button type="submit" disabled={!model.trim() || test.isPending}>
              {test.isPending ? "Asking…" : "Ask it"}
            </Button>
          </div>
        </form>
      )}
    </TestPopover>
  );
}
