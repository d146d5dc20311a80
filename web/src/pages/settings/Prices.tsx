import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { get } from "../../api/client";
import type { Page } from "../../api/types";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import { ListPrices } from "./ListPrices";
import { OwnPrices } from "./OwnPrices";
import { type Draft, PriceForm } from "./PriceForm";
import type { PriceEntry } from "./priceTypes";
import classes from "./settings.module.css";
import { ProjectChoice, useChosenProject } from "./useChosenProject";

/** Own entries, and what the public list says of the models in use. */
export function Prices() {
  const { chosen, projects, choose } = useChosenProject();
  const [draft, setDraft] = useState<Draft | null>(null);
  const own = useQuery({
    queryKey: ["prices"],
    queryFn: ({ signal }) => get<Page<PriceEntry>>("prices", {}, signal),
  });
  return (
    <>
      <section className={`${classes.section} ${classes.wide}`} aria-labelledby="own-prices">
        <div className={classes.sectionHead}>
          <h3 className={classes.sectionTitle} id="own-prices">
            Own entries
          </h3>
          <Button icon={Plus} onClick={() => setDraft({})}>
            New price
          </Button>
        </div>
        <PriceForm draft={draft} onClose={() => setDraft(null)} />
        {own.error ? (
          <ErrorState error={own.error} onRetry={own.refetch} />
        ) : !own.data ? (
          <Skeleton height={64} />
        ) : own.data.items.length === 0 ? (
          <p className={classes.help}>
            There is none yet. Enter one for a model of your own, or where you pay less than the
            list says.
          </p>
        ) : (
          <OwnPrices entries={own.data.items} onEdit={(entry) => setDraft({ entry })} />
        )}
      </section>
      {chosen && (
        <section className={`${classes.section} ${classes.wide}`} aria-labelledby="list-prices">
          <h3 className={classes.sectionTitle} id="list-prices">
            Public list, for the models in use
          </h3>
          <ProjectChoice projects={projects} chosen={chosen} onChoose={choose} />
          <ListPrices
            project={chosen.name}
            onEnter={(model, prices) => setDraft({ model, prices, project: chosen.name })}
          />
        </section>
      )}
    </>
  );
}
