import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, EllipsisVertical, Radio } from "lucide-react";
import type { Search } from "../../address";
import { Button } from "../../parts/Button";
import { writeClipboard } from "../../parts/CopyButton";
import { ExportItems } from "./ExportItems";
import { viewsQuery } from "./queries";
import { otherScope, type Question, SCOPES, type TableState } from "./state";
import classes from "./traces.module.css";
import { ViewItems } from "./ViewItems";

interface LiveProps {
  live: boolean;
  lost: boolean;
  onChange: (live: string | undefined) => void;
}

export function LiveButton({ live, lost, onChange }: LiveProps) {
  return (
    <Button
      look="quiet"
      icon={Radio}
      aria-pressed={live}
      className={classes.live}
      title={live ? "Stop following  l" : "Follow new traces  l"}
      onClick={() => onChange(live ? undefined : "1")}
    >
      {lost ? "Live, lost" : "Live"}
    </Button>
  );
}

interface PhoneMenuProps {
  state: TableState;
  question: Question;
  onChange: (patch: Search) => void;
}

/** What does not fit into the bars of a phone. */
export function PhoneMenu({ state, question, onChange }: PhoneMenuProps) {
  const { scope, live } = state;
  const views = useQuery(viewsQuery(question.project)).data?.items ?? [];
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <Button
          look="quiet"
          icon={EllipsisVertical}
          className={classes.phoneMenu}
          aria-label="More"
        />
      </Menu.Target>
      <Menu.Dropdown className={classes.phoneMenuList}>
        {SCOPES.map((one) => (
          <Menu.Item
            key={one}
            onClick={() => onChange(otherScope(one))}
            rightSection={
              one === scope ? <Check size={14} strokeWidth={1.75} aria-label="shown" /> : null
            }
          >
            {{ traces: "Traces", sessions: "Sessions", spans: "Spans" }[one]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => onChange({ live: live ? undefined : "1" })}>
          {live ? "Stop following" : "Follow new traces"}
        </Menu.Item>
        <Menu.Item onClick={() => writeClipboard(window.location.href)}>Copy link</Menu.Item>
        {views.length > 0 && <Menu.Label>Saved views</Menu.Label>}
        <ViewItems
          views={views}
          open={views.find((view) => view.id === state.view)}
          onChange={onChange}
        />
        <Menu.Label>The whole result as</Menu.Label>
        <ExportItems question={question} />
      </Menu.Dropdown>
    </Menu>
  );
}
