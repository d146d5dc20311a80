import { useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import { UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import table from "../../parts/table.module.css";
import { Confirm } from "./Confirm";
import { amount, PRICE_TYPES, type PriceEntry } from "./priceTypes";
import tables from "./tables.module.css";

const MAIN = PRICE_TYPES.filter((type) => type.main);

interface Props {
  entries: readonly PriceEntry[];
  onEdit: (entry: PriceEntry) => void;
}

/** The entered prices; the most exact one that fits a call wins. */
export function OwnPrices({ entries, onEdit }: Props) {
  const queries = useQueryClient();
  const remove = async (id: number) => {
    await send("DELETE", `prices/${id}`);
    await queries.invalidateQueries({ queryKey: ["prices"] });
  };
  return (
    <div className={tables.tableBox}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Provider</th>
            <th scope="col">Project</th>
            <th scope="col">From</th>
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
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td title={entry.note ? `${entry.model}: ${entry.note}` : entry.model}>
                {entry.model}
              </td>
              <td data-label="Provider">{entry.provider ?? "any"}</td>
              <td title={entry.project ?? undefined} data-label="Project">
                {entry.project ?? "all"}
              </td>
              <td className="num" data-label="From">
                {entry.valid_from ?? UNKNOWN}
              </td>
              {MAIN.map(({ key, label }) => (
                <td key={key} className={tables.price} data-label={label}>
                  {amount(entry.prices[key])}
                </td>
              ))}
              <td className={tables.twoActions}>
                <Button small look="quiet" onClick={() => onEdit(entry)}>
                  Change
                </Button>
                <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(entry.id)}>
                  What was priced by it stays as it is.
                </Confirm>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={tables.tableNote}>US dollars for a million tokens.</p>
    </div>
  );
}
