import { useQuery } from "@tanstack/react-query";
import { BrainCircuit, Plus } from "lucide-react";
import { useState } from "react";
import { get } from "../../api/client";
import type { components } from "../../api/openapi";
import { type Provider, providersQuery } from "../../api/providers";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { ModelForm } from "./ModelForm";
import { ModelTable } from "./ModelTable";
import classes from "./settings.module.css";

/** The providers of models; only an admin changes them. */
export function Models() {
  const [editing, setEditing] = useState<Provider | "new" | null>(null);
  const { data, error, refetch } = useQuery(providersQuery());
  const { data: me } = useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => get<components["schemas"]["Me"]>("me", {}, signal),
  });
  const mayChange = me?.role === "admin";
  return (
    <section className={`${classes.section} ${classes.wide}`} aria-label="Providers of models">
      <div className={classes.sectionHead}>
        <p className={classes.help}>
          A model is named <code>provider/model</code>. Keys are kept encrypted and never shown.
          {me && !mayChange && " Only an admin changes what stands here."}
        </p>
        {mayChange && (
          <Button icon={Plus} onClick={() => setEditing("new")}>
            New provider
          </Button>
        )}
      </div>
      <ModelForm provider={editing} onClose={() => setEditing(null)} />
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton height={96} />
      ) : data.length === 0 ? (
        <EmptyState icon={BrainCircuit} title="No model can be called yet">
          Judges and experiments need one. Whatever speaks OpenAI's protocol will do: a vendor, a
          gateway, or a model on this machine.
        </EmptyState>
      ) : (
        <ModelTable providers={data} onEdit={mayChange ? setEditing : undefined} />
      )}
    </section>
  );
}
