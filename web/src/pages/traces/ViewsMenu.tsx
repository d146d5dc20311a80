import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Bookmark, ChevronDown, Pencil, Plus, Save, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Search } from "../../address";
import type { SavedView } from "../../api/types";
import { Button } from "../../parts/Button";
import { viewsQuery } from "./queries";
import { isEdited, type Scope, viewState } from "./state";
import classes from "./traces.module.css";
import { useViewChanges } from "./useViewChanges";
import { ViewItems } from "./ViewItems";
import { ViewName } from "./ViewName";

interface Props {
  project: string;
  search: Search;
  scope: Scope;
  /** Bar and chips as one, for those who read views by the API. */
  filter: string;
  onChange: (patch: Search) => void;
}

/** Saved views: filter, order and columns under a name. */
export function ViewsMenu({ project, search, scope, filter, onChange }: Props) {
  const { data } = useQuery(viewsQuery(project));
  const views = data?.items ?? [];
  const open = views.find((view) => view.id === search.view);
  const edited = open !== undefined && isEdited(search, open.state);
  const [opened, setOpened] = useState(false);
  const [asking, setAsking] = useState<"new" | "rename" | null>(null);
  const { save, change, remove } = useViewChanges(project, onChange);
  const named = asking === "new" ? save : change;

  function ask(what: "new" | "rename") {
    save.reset();
    change.reset();
    setAsking(what);
  }

  function name(text: string) {
    const onSuccess = () => setAsking(null);
    if (asking === "new")
      save.mutate({ project, name: text, scope, filter, state: viewState(search) }, { onSuccess });
    else if (open) change.mutate({ id: open.id, name: text }, { onSuccess });
  }

  return (
    <>
      <Menu position="bottom-end" offset={4} width={240} opened={opened} onChange={setOpened}>
        <Menu.Target>
          <Button
            icon={Bookmark}
            className={classes.viewButton}
            after={<ChevronDown size={13} strokeWidth={1.75} aria-hidden />}
            aria-label={open ? `View ${open.name}${edited ? ", edited" : ""}` : "Saved views"}
          >
            <span className="ellipsis">{open?.name ?? "Views"}</span>
            {edited && <span className={classes.edited}>· edited</span>}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>No saved views yet</Menu.Label>}
          <ViewItems views={views} open={open} onChange={onChange} />
          <Menu.Divider />
          {open && edited && (
            <Menu.Item
              leftSection={<Save size={14} strokeWidth={1.75} aria-hidden />}
              closeMenuOnClick={false}
              onClick={() =>
                change.mutate(
                  { id: open.id, filter, state: viewState(search) },
                  { onSuccess: () => setOpened(false) },
                )
              }
            >
              Save changes
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<Plus size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => ask("new")}
          >
            Save as a new view
          </Menu.Item>
          {open && (
            <>
              <Menu.Item
                leftSection={<Pencil size={14} strokeWidth={1.75} aria-hidden />}
                onClick={() => ask("rename")}
              >
                Rename this view
              </Menu.Item>
              <DeleteItem
                key={`${open.id} ${opened}`}
                view={open}
                onSure={() => remove.mutate(open.id, { onSuccess: () => setOpened(false) })}
              />
            </>
          )}
          <Problem error={asking ? null : (change.error ?? remove.error)} />
        </Menu.Dropdown>
      </Menu>
      <ViewName
        title={asking && (asking === "new" ? "Save as a new view" : "Rename this view")}
        name={asking === "rename" ? (open?.name ?? "") : ""}
        note={asking === "new" ? "Keeps the filter, the order and the columns." : undefined}
        problem={named.error?.message ?? null}
        onName={name}
        onClose={() => setAsking(null)}
      />
    </>
  );
}

/** Asks once more in its own place: the view is gone for everybody. */
function DeleteItem({ view, onSure }: { view: SavedView; onSure: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <Menu.Item
      className={asked ? classes.menuDanger : undefined}
      leftSection={<Trash2 size={14} strokeWidth={1.75} aria-hidden />}
      closeMenuOnClick={false}
      title={view.name}
      onClick={asked ? onSure : () => setAsked(true)}
    >
      {asked ? "Delete it for everybody" : "Delete this view"}
    </Menu.Item>
  );
}

function Problem({ error }: { error: Error | null }) {
  if (!error) return null;
  return (
    <p className={classes.menuProblem} role="alert">
      {error.message}
    </p>
  );
}
