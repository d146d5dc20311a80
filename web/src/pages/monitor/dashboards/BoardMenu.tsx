import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, ChevronDown, LayoutDashboard, Plus, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { type Search, useAddress } from "../../../address";
import { Button } from "../../../parts/Button";
import { Problem } from "../../../parts/Problem";
import classes from "./dashboards.module.css";
import { readFile } from "./model";
import { NewBoard } from "./NewBoard";
import { dashboardsQuery } from "./queries";
import { useMaking } from "./useMaking";

interface Props {
  project: string;
  /** The dashboard that is open; none is the ready-made board. */
  open?: { id: string; name: string };
}

/** Which board is shown, and the way to others and to new ones. */
export function BoardMenu({ project, open }: Props) {
  const [search] = useAddress();
  const { data } = useQuery(dashboardsQuery(project));
  const [asking, setAsking] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const making = useMaking(project);
  const [unread, setUnread] = useState<Error | null>(null);

  async function take(chosen: File | undefined) {
    if (!chosen) return;
    setUnread(null);
    try {
      making.mutate(readFile(await chosen.text()));
    } catch (error) {
      setUnread(error as Error);
    }
  }

  return (
    <>
      <Menu position="bottom-start" offset={4} width={260}>
        <Menu.Target>
          <Button
            look="quiet"
            icon={LayoutDashboard}
            className={classes.boardName}
            after={<ChevronDown size={13} strokeWidth={1.75} aria-hidden />}
            aria-label={`Board: ${open?.name ?? "Ready-made"}`}
          >
            <span className="ellipsis">{open?.name ?? "Ready-made"}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.boards}>
          <Menu.Item
            renderRoot={(root) => (
              <Link {...root} to="/p/$project/monitor" params={{ project }} search={kept(search)} />
            )}
            rightSection={open ? null : <Chosen />}
          >
            Ready-made
          </Menu.Item>
          {data?.items.map(({ id, name }) => (
            <Menu.Item
              key={id}
              renderRoot={(root) => (
                <Link
                  {...root}
                  to="/p/$project/monitor/$dashboardId"
                  params={{ project, dashboardId: id }}
                  search={kept(search)}
                />
              )}
              rightSection={id === open?.id ? <Chosen /> : null}
            >
              <span className={`${classes.menuName} ellipsis`} title={name}>
                {name}
              </span>
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item
            leftSection={<Plus size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            New dashboard
          </Menu.Item>
          <Menu.Item
            leftSection={<Upload size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => file.current?.click()}
          >
            Import a file
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label="File of a dashboard"
        onChange={(event) => {
          void take(event.currentTarget.files?.[0]);
          event.currentTarget.value = ""; // the same file may be chosen again
        }}
      />
      <Problem error={unread ?? making.error} />
      <NewBoard project={project} opened={asking} onClose={() => setAsking(false)} />
    </>
  );
}

function Chosen() {
  return <Check size={14} strokeWidth={1.75} aria-label="open" />;
}

/** Time, filter and split stay when another board is opened; what is of one board does not. */
function kept({ panel: _panel, edit: _edit, refresh: _refresh, ...rest }: Search): never {
  return rest as never; // the router's type of search values is narrower than an address
}
