import { useQuery } from "@tanstack/react-query";
import { ApiError, get } from "../../api/client";
import { keys } from "../../api/keys";
import type { Facet } from "../../api/types";
import { count } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorState, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { amount, PRICE_TYPES, type Prices } from "./priceTypes";
import classes from "./settings.module.css";

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
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={96} />;
  const models = data.values.filter(({ value }) => value !== "");
  if (models.length === 0) return <p className={classes.help}>No model was called yet.</p>;
  return (
    <div className={classes.tableBox}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className={table.number}>
              Spans
            </th>
            {MAIN.map(({ key, label }) => (
              <th key={key} scope="col" className={classes.price}>
                {label}
              </th>
            ))}
            <th scope="col" className={classes.twoActions}>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <ListRow key={model.value} model={model.value} spans={model.count} onEnter={onEnter} />
          ))}
        </tbody>
      </table>
      <p className={classes.tableNote}>US dollars for a million tokens.</p>
    </div>
  );
}

interface Listed {
  periods: { from_second: number; prices: Prices }[];
}

interface RowProps {
  model: string;
  spans: number;
  onEnter: Props["onEnter"];
}

function ListRow({ model, spans, onEnter }: RowProps) {
  const { data, error, isPending } = useQuery({
    queryKey: ["list-price", model],
    queryFn: ({ signal }) => get<Listed>("prices/list", { model }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const prices = data?.periods[0]?.prices;
  const unlisted = error instanceof ApiError && error.status === 404;
  return (
    <tr>
      <td title={model}>{model}</td>
      <td className={table.number}>{count(spans)}</td>
      {isPending || prices ? (
        MAIN.map(({ key }) => (
          <td key={key} className={classes.price}>
            {prices ? amount(prices[key]) : <Skeleton width={40} />}
          </td>
        ))
      ) : (
        <td colSpan={MAIN.length} className={classes.unlisted}>
          {unlisted ? "not on the list: its calls cost an unknown amount" : error?.message}
        </td>
      )}
      <td className={classes.twoActions}>
        <Button small look="quiet" onClick={() => onEnter(model, prices ?? {})}>
          Enter own
        </Button>
      </td>
    </tr>
  );
}
