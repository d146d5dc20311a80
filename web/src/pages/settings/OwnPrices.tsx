import { useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import { UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import { Confirm } from "./Confirm";
import { amount, PRICE_TYPES, type PriceEntry } from "./priceTypes";
import { SettingsTable } from "./SettingsTable";
import tables from "./tables.module.css";

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
    <SettingsTable
      columns={COLUMNS}
      rows={entries}
      keyOf={(entry) => entry.id}
      note="US dollars for a million tokens."
      most={2}
      actions={(entry) => (
        <>
          <Button small look="quiet" onClick={() => onEdit(entry)}>
            Change
          </Button>
          <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(entry.id)}>
            What was priced by it stays as it is.
          </Confirm>
        </>
      )}
    />
  );
}

const COLUMNS: readonly Column<PriceEntry>[] = [
  {
    label: "Model",
    className: tables.model,
    cell: (entry) => entry.model,
    title: (entry) => (entry.note ? `${entry.model}: ${entry.note}` : entry.model),
  },
  { label: "Provider", cell: (entry) => entry.provider ?? "any" },
  {
    label: "Project",
    cell: (entry) => entry.project ?? "all",
    title: (entry) => entry.project ?? undefined,
  },
  { label: "From", className: "num", cell: (entry) => entry.valid_from ?? UNKNOWN },
  ...PRICE_TYPES.filter((type) => type.main).map(({ key, label }) => ({
    label,
    className: tables.price,
    cell: (entry: PriceEntry) => amount(entry.prices[key]),
  })),
];
