import { Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Copy, Ellipsis, FileJson, Image, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { keys } from "../../../api/keys";
import { AskDelete } from "../../../parts/AskDelete";
import { Button } from "../../../parts/Button";
import { Dialog } from "../../../parts/Dialog";
import { save } from "../../../save";
import classes from "./dashboards.module.css";
import { type Dashboard, fileOf, REFRESHES } from "./model";
import { fileName, savePicture } from "./picture";
import { removeDashboard } from "./queries";
import { useMaking } from "./useMaking";
import type { Refresh } from "./useRefresh";

interface Props {
  project: string;
  dashboard: Dashboard;
  refresh: Refresh;
  onEdit: () => void;
}

/** What can be done with a dashboard as it is kept. */
export function BoardTools({ project, dashboard, refresh, onEdit }: Props) {
  const [asking, setAsking] = useState(false);
  const making = useMaking(project);
  const { every, choose } = refresh;
  const known = every === null || REFRESHES.some(({ value }) => value === every);
  return (
    <>
      <label className={classes.refresh}>
        <span className="hidden-text">Ask anew</span>
        <select
          value={every ?? ""}
          onChange={(event) => choose(Number(event.currentTarget.value) || null)}
        >
          <option value="">No refresh</option>
          {!known && <option value={every}>{every} s</option>}
          {REFRESHES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Button look="quiet" icon={Pencil} onClick={onEdit}>
        Edit
      </Button>
      <Menu position="bottom-end" offset={4}>
        <Menu.Target>
          <Button look="quiet" icon={Ellipsis} aria-label="More of the dashboard" title="More" />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Copy size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => making.mutate({ ...dashboard, name: `${dashboard.name} (copy)` })}
          >
            Clone
          </Menu.Item>
          <Menu.Item
            leftSection={<FileJson size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() =>
              save(`${fileName(dashboard.name)}.json`, fileOf(dashboard), "application/json")
            }
          >
            Export as JSON
          </Menu.Item>
          <Menu.Item
            leftSection={<Image size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => void savePicture("[data-board]", dashboard.name)}
          >
            Download as PNG
          </Menu.Item>
          <Menu.Item
            leftSection={<Trash2 size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            Delete the dashboard
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Delete the dashboard"
        size={440}
      >
        <DeleteForm project={project} dashboard={dashboard} onKeep={() => setAsking(false)} />
      </Dialog>
    </>
  );
}

interface DeleteProps {
  project: string;
  dashboard: Dashboard;
  onKeep: () => void;
}

function DeleteForm({ project, dashboard, onKeep }: DeleteProps) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const deletion = useMutation({
    mutationFn: () => removeDashboard(dashboard.id),
    onSuccess: async () => {
      await navigate({ to: "/p/$project/monitor", params: { project } });
      cache.removeQueries({ queryKey: keys.dashboard(dashboard.id) });
      await cache.invalidateQueries({ queryKey: keys.dashboards(project) });
    },
  });
  return (
    <AskDelete deletion={deletion} word="Delete it for everybody" onKeep={onKeep}>
      <p>{dashboard.name} and its panels are gone for everybody. The traces that they show stay.</p>
    </AskDelete>
  );
}
