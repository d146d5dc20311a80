import { useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import { HIDDEN, PROVIDERS, type Provider, providerPath } from "../../api/providers";
import { UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import { Confirm } from "./Confirm";
import { ModelTest } from "./ModelTest";
import { SettingsTable } from "./SettingsTable";

interface Props {
  providers: readonly Provider[];
  /** Left out for those who may only look. */
  onEdit?: (provider: Provider) => void;
}

export function ModelTable({ providers, onEdit }: Props) {
  const queries = useQueryClient();
  const remove = async (name: string) => {
    await send("DELETE", providerPath(name));
    await queries.invalidateQueries({ queryKey: PROVIDERS });
  };
  return (
    <SettingsTable
      columns={COLUMNS}
      rows={providers}
      keyOf={(one) => one.name}
      most={3}
      actions={
        onEdit &&
        ((one) => (
          <>
            <ModelTest provider={one} />
            <Button small look="quiet" onClick={() => onEdit(one)}>
              Change
            </Button>
            <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(one.name)}>
              Its key goes too. Judges that ask {one.name} fail from then on.
            </Confirm>
          </>
        ))
      }
    />
  );
}

const COLUMNS: readonly Column<Provider>[] = [
  { label: "Name", cell: (one) => one.name, title: (one) => one.name },
  { label: "Address", cell: (one) => one.base_url, title: (one) => one.base_url },
  { label: "Key", cell: (one) => (one.has_key ? keyWord(one.key_hint) : "none") },
  {
    label: "Models",
    cell: (one) => one.models.join(", ") || UNKNOWN,
    title: (one) => one.models.join(", "),
  },
];

/** The end of a key; one too short to tell its end of is only said to be there. */
function keyWord(hint: string) {
  return hint === HIDDEN ? "kept" : <code>{hint}</code>;
}
