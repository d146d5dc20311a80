import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { useAddress } from "../../../address";
import { keys } from "../../../api/keys";
import { reordered, roomFor, settled } from "./grid";
import { type Dashboard, freeId, type Panel } from "./model";
import { changeDashboard } from "./queries";
import { useMaking } from "./useMaking";

const NEW = { w: 6, h: 5 };

/** A dashboard that is being changed: nothing of it is kept before it is saved. */
export function useEditing(project: string, kept: Dashboard) {
  const cache = useQueryClient();
  const [search, change] = useAddress();
  const editing = search.edit === "1";
  const [draft, setDraft] = useState<Dashboard | null>(null);
  const [opened, setOpened] = useState<Panel | null>(null);
  const shown = (editing && draft) || kept;
  const dirty = editing && draft !== null;

  const saving = useMutation({
    mutationFn: changeDashboard,
    onSuccess: async (saved) => {
      cache.setQueryData(keys.dashboard(saved.id), saved);
      leave();
      await cache.invalidateQueries({ queryKey: keys.dashboards(project) });
    },
  });
  const copying = useMaking(project);

  // Filter, time and what else the address says of the same page may change meanwhile.
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      dirty &&
      !saving.isPending &&
      !copying.isPending &&
      current.pathname !== next.pathname &&
      !window.confirm("Leave without saving the changes of this dashboard?"),
    enableBeforeUnload: dirty,
  });

  function begin() {
    setDraft(null);
    saving.reset();
    change({ edit: "1", panel: undefined });
  }

  function leave() {
    setDraft(null);
    setOpened(null);
    saving.reset();
    change({ edit: undefined });
  }

  function set(changes: Partial<Dashboard>) {
    setDraft({ ...shown, ...changes });
  }

  /** Opens a panel in the editor, and the dashboard for editing with it. */
  function open(panel: Panel) {
    if (!editing) begin();
    setOpened(panel);
  }

  return {
    shown,
    editing,
    dirty,
    saving,
    copying,
    opened,
    begin,
    leave,
    set,
    open,
    close: () => setOpened(null),
    save: () => (dirty ? saving.mutate({ ...shown, name: shown.name.trim() }) : leave()),
    saveCopy: () => copying.mutate(shown, { onSuccess: () => setDraft(null) }),
    setPanels: (panels: Panel[]) => set({ panels }),
    add: () =>
      open({
        id: freeId(shown.panels),
        title: "",
        kind: "line",
        question: { scope: "traces", measures: ["count"] },
        position: roomFor(shown.panels, NEW),
        options: {},
      }),
    keepPanel: (panel: Panel) => {
      const others = shown.panels.filter(({ id }) => id !== panel.id);
      const there = others.length < shown.panels.length;
      const panels = there
        ? shown.panels.map((one) => (one.id === panel.id ? panel : one))
        : [...others, panel];
      set({ panels });
      setOpened(null);
    },
    duplicate: (panel: Panel) => {
      const { w, h } = panel.position;
      const copy = {
        ...panel,
        id: freeId(shown.panels),
        position: roomFor(shown.panels, { w, h }),
      };
      set({ panels: [...shown.panels, copy] });
    },
    reorder: (id: string, by: -1 | 1) => set({ panels: reordered(shown.panels, id, by) }),
    remove: (id: string) => set({ panels: settled(shown.panels.filter((one) => one.id !== id)) }),
  };
}

export type Editing = ReturnType<typeof useEditing>;
