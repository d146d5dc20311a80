import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { matches } from "../../frame/palette-match";
import { FindField } from "../../parts/FindField";
import { ErrorState, Skeleton } from "../../parts/states";
import type { Draft } from "./definition";
import classes from "./form.module.css";
import { ModelField } from "./ModelField";
import { OptionsForm } from "./OptionsForm";
import { catalogueQuery, type Metric } from "./queries";

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

/** A choice from the catalogue, and its options. */
export function BuiltinForm({ draft, onChange }: Props) {
  const { data, error, refetch } = useQuery(catalogueQuery());
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={240} />;
  const chosen = data.find((one) => one.name === draft.metric);
  if (!chosen)
    return (
      <Catalogue
        metrics={data}
        onChoose={(metric) =>
          onChange({
            metric: metric.name,
            options: {},
            ...(draft.name ? {} : { name: metric.name }),
          })
        }
      />
    );
  const model = draft.options.model;
  const { model: _asked, ...others } = chosen.options.properties ?? {};
  return (
    <>
      <section className={classes.metric} aria-label={chosen.title}>
        <div className={classes.metricHead}>
          <b>{chosen.title}</b>
          <button type="button" className={classes.link} onClick={() => onChange({ metric: "" })}>
            Choose another
          </button>
        </div>
        <p>{chosen.description}</p>
        <Needs metric={chosen} />
      </section>
      {chosen.judged && (
        <ModelField
          model={typeof model === "string" ? model : ""}
          onChange={(next) =>
            onChange({ options: { ...draft.options, model: next.trim() || undefined } })
          }
        />
      )}
      <OptionsForm
        schema={{
          ...chosen.options,
          properties: chosen.judged ? others : chosen.options.properties,
        }}
        values={draft.options}
        onChange={(options) => onChange({ options })}
      />
    </>
  );
}

interface CatalogueProps {
  metrics: readonly Metric[];
  onChoose: (metric: Metric) => void;
}

function Catalogue({ metrics, onChoose }: CatalogueProps) {
  const [find, setFind] = useState("");
  const found = metrics.filter((one) => matches(find, one.name, one.title, one.description));
  return (
    <div className={classes.catalogue}>
      <FindField label={`Find one of ${metrics.length}`} value={find} onChange={setFind} />
      <ul aria-label="Catalogue">
        {found.map((metric) => (
          <li key={metric.name}>
            <button type="button" className={classes.entry} onClick={() => onChoose(metric)}>
              <b>{metric.title}</b>
              <span>{metric.description}</span>
              <Needs metric={metric} />
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={classes.quiet}>Nothing is called “{find}”.</p>}
    </div>
  );
}

function Needs({ metric }: { metric: Metric }) {
  return (
    <span className={classes.needs}>
      {metric.needs.length > 0 && `needs ${metric.needs.join(", ")}`}
      {metric.judged && (metric.needs.length > 0 ? " · asks a model" : "asks a model")}
    </span>
  );
}
