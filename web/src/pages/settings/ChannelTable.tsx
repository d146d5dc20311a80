import { useQueryClient } from "@tanstack/react-query";
import { CHANNELS, type Channel } from "../../api/alerts";
import { send } from "../../api/client";
import { day, exactTime } from "../../format";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import { ChannelTest } from "./ChannelTest";
import { Confirm } from "./Confirm";
import { SettingsTable } from "./SettingsTable";

interface Props {
  channels: readonly Channel[];
  /** Left out for those who may only look. */
  onEdit?: (channel: Channel) => void;
}

export function ChannelTable({ channels, onEdit }: Props) {
  const cache = useQueryClient();
  const remove = async (id: string) => {
    await send("DELETE", `alerts/channels/${encodeURIComponent(id)}`);
    await cache.invalidateQueries({ queryKey: CHANNELS });
  };
  return (
    <SettingsTable
      columns={COLUMNS}
      rows={channels}
      keyOf={(one) => one.id}
      most={3}
      actions={
        onEdit &&
        ((one) => (
          <>
            <ChannelTest channel={one} />
            <Button small look="quiet" onClick={() => onEdit(one)}>
              Change
            </Button>
            <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(one.id)}>
              Where it leads is forgotten. One that a rule tells on cannot be deleted.
            </Confirm>
          </>
        ))
      }
    />
  );
}

const KINDS: Record<Channel["kind"], string> = { webhook: "Webhook", apprise: "Apprise" };

const COLUMNS: readonly Column<Channel>[] = [
  { label: "Name", cell: (one) => one.name, title: (one) => one.name },
  { label: "Kind", cell: (one) => KINDS[one.kind] },
  { label: "Leads to", cell: (one) => <code>{one.hint}</code>, title: (one) => one.hint },
  {
    label: "Made",
    cell: (one) => day(one.created_at),
    title: (one) => exactTime(one.created_at),
  },
];
