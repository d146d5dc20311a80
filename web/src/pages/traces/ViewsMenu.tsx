import { Menu, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, Check, ChevronDown, Plus, Save, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Search } from "../../address";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { SavedView } from "../../api/types";
import { Button } from "../../parts/Button";
import { viewsQuery } from "./queries";
import { isEdited, openedView, type Scope, viewState } from "./state";
import classes from "./traces.module.css";

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
  const [naming, setNaming] = useState(false);
  const { save, change, remove } = useViewChanges(project, onChange);

  return (
    <>
      <Menu position="bottom-end" offset={4} width={240}>
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
          {views.map((view) => (
            <Menu.Item
              key={view.id}
              onClick={() => onChange(openedView(view.id, view.state))}
              rightSection={
                view.id === open?.id ? (
                  <Check size={14} strokeWidth={1.75} aria-label="open" />
                ) : null
              }
            >
              <span className={`${classes.menuName} ellipsis`}>{view.name}</span>
            </Menu.Item>
          ))}
          <Menu.Divider />
          {open && edited && (
            <Menu.Item
              leftSection={<Save size={14} strokeWidth={1.75} aria-hidden />}
              onClick={() => change.mutate({ id: open.id, state: viewState(search) })}
            >
              Save changes
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<Plus size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => setNaming(true)}
          >
            Save as a new view
          </Menu.Item>
          {open && (
            <Menu.Item
              leftSection={<Trash2 size={14} strokeWidth={1.75} aria-hidden />}
              onClick={() => remove.mutate(open.id)}
            >
              Delete this view
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title="Save as a new view" size={400}>
        <NameForm
          problem={save.error?.message ?? null}
          onName={(name) =>
            save.mutate(
              { project, name, scope, filter, state: viewState(search) },
              { onSuccess: () => setNaming(false) },
            )
          }
        />
      </Modal>
    </>
  );
}

function useViewChanges(project: string, onChange: (patch: Search) => void) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: keys.views(project) });
  const save = useMutation({
    mutationFn: (body: Omit<SavedView, "id" | "created_at">) =>
      send<SavedView>("POST", "views", body),
    onSuccess: async (view) => {
      await refresh();
      onChange({ view: view.id });
    },
  });
  const change = useMutation({
    mutationFn: ({ id, state }: Pick<SavedView, "id" | "state">) =>
      send<SavedView>("PATCH", `views/${id}`, { state }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: (id: string) => send("DELETE", `views/${id}`),
    onSuccess: async () => {
      onChange({ view: undefined });
      await refresh();
    },
  });
  return { save, change, remove };
}

function NameForm({ problem, onName }: { problem: string | null; onName: (name: string) => void }) {
  const [name, setName] = useState("");
  return (
    <form
      className={classes.nameForm}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onName(name.trim());
      }}
    >
      <label className={classes.nameLabel}>
        Name
        <input
          className={classes.nameField}
          value={name}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <p className={classes.nameNote}>Keeps the filter, the order and the columns.</p>
      {problem && (
        <p className={classes.nameProblem} role="alert">
          {problem}
        </p>
      )}
      <Button type="submit" look="primary" disabled={!name.trim()}>
        Save view
      </Button>
    </form>
  );
}
