import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Facet } from "../../api/types";
import { count } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { amount, PRICE_TYPES, type Prices } from "./priceTypes";
import classes from "./settings.module.css";
import tables from "./tables.module.css";

const MAIN = PRICE_TYPES.filter((type) => type.main);

interface Props {
  project: string;
  onEnter: (model: string, prices: Prices) => void;
}

/** Today's list price of each model that the project called. */
export function ListPrices({ project, onEnter }: Props) {
  const params = { project, field: "model", scope: "spans", limit: 40 };
  const { data, error, refetch } = useQuery({
    queryKey: keys.facets(params),
    queryFn: ({ signal }) => get<Facet>("facets", params, signal),
  });
  const models = data?.values.filter(({ value }) => value !== "") ?? [];
  const listed = useListed(models.map(({ value }) => value));
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (listed.error) return <ErrorState error={listed.error} onRetry={listed.refetch} />;
  if (!data) return <Skeleton height={96} />;
  if (models.length === 0) return <p className={classes.help}>No model was called yet.</p>;
  return (
    <div className={tables.tableBox}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className={table.number}>
              Spans
            </th>
            {MAIN.map(({ key, label }) => (
              <th key={key} scope="col" className={tables.price}>
                {label}
              </th>
            ))}
            <th scope="col" className={tables.twoActions}>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <ListRow
              key={model.value}
              model={model.value}
              spans={model.count}
              prices={listed.prices && (listed.prices.get(model.value) ?? null)}
              onEnter={onEnter}
            />
          ))}
        </tbody>
      </table>
      <p className={tables.tableNote}>US dollars for a million tokens.</p>
    </div>
  );
}

interface Listed {
  items: { model: string; periods: { from_second: number; prices: Prices }[] }[];
}

/** The list price of each model, asked for at once; a model that is not listed has none. */
function useListed(models: string[]) {
  const { data, error, refetch } = useQuery({
    queryKey: ["list-prices", models],
    queryFn: ({ signal }) => get<Listed>("prices/list", { model: models }, signal),
    enabled: models.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const prices = data && new Map(data.items.map((one) => [one.model, one.periods[0]?.prices]));
  return { prices, error, refetch };
}

interface RowProps {
  model: string;
  spans: number;
  /** Undefined while it is asked for, null where the list does not know the model. */
  prices: Prices | null | undefined;
  onEnter: Props["onEnter"];
}

function ListRow({ model, spans, prices, onEnter }: RowProps) {
  return (
    <tr>
      <td title={model}>{model}</td>
      <td className={table.number} data-label="Spans">
        {count(spans)}
      </td>
      {prices === null ? (
        <td colSpan={MAIN.length} className={tables.unlisted}>
          not on the list: its calls cost an unknown amount
        </td>
      ) : (
        MAIN.map(({ key, label }) => (
          <td key={key} className={tables.price} data-label={label}>
            {prices ? amount(prices[key]) : <Skeleton width={40} />}
          </td>
        ))
      )}
      <td className={tables.twoActions}>
        <Button small look="quiet" onClick={() => onEnter(model, prices ?? {})}>
          Enter own
        </Button>
      </td>
    </tr>
  );
}
