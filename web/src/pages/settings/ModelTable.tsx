import { useQueryClient } from "@tanstack/react-query";
import { send } from "../../api/client";
import { HIDDEN, PROVIDERS, type Provider, providerPath } from "../../api/providers";
import { UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import table from "../../parts/table.module.css";
import { Confirm } from "./Confirm";
import { ModelTest } from "./ModelTest";
import tables from "./tables.module.css";

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
    <div className={tables.tableBox}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Address</th>
            <th scope="col">Key</th>
            <th scope="col">Models</th>
            {onEdit && (
              <th scope="col" className={tables.threeActions}>
                <span className="hidden-text">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {providers.map((one) => (
            <tr key={one.name}>
              <td title={one.name}>{one.name}</td>
              <td title={one.base_url} data-label="Address">
                {one.base_url}
              </td>
              <td data-label="Key">{one.has_key ? keyWord(one.key_hint) : "none"}</td>
              <td title={one.models.join(", ")} data-label="Models">
                {one.models.join(", ") || UNKNOWN}
              </td>
              {onEdit && (
                <td className={tables.threeActions}>
                  <ModelTest provider={one} />
                  <Button small look="quiet" onClick={() => onEdit(one)}>
                    Change
                  </Button>
                  <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(one.name)}>
                    Its key goes too. Judges that ask {one.name} fail from then on.
                  </Confirm>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The end of a key; one too short to tell its end of is only said to be there. */
function keyWord(hint: string) {
  return hint === HIDDEN ? "kept" : <code>{hint}</code>;
}
