import { Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Check, ChevronDown, Flag } from "lucide-react";
import type { Search } from "../../address";
import { count, exactTime, time } from "../../format";
import { Button } from "../../parts/Button";
import type { PageMarks } from "./marks";
import classes from "./monitor.module.css";

interface Props {
  marks: PageMarks;
  onAddress: (patch: Search) => void;
}

/** Whether charts are marked, and all that they are marked with, the newest first. */
export function MarksMenu({ marks: page, onAddress }: Props) {
  const { shown, marks, error } = page;
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <Button
          icon={Flag}
          className={classes.marksButton}
          aria-label="Releases and prompt versions"
          title="Releases and prompt versions"
          after={<ChevronDown size={13} strokeWidth={1.75} aria-hidden />}
        >
          <span className={classes.marksWord}>Releases</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.splitList}>
        <Menu.Item
          closeMenuOnClick={false}
          onClick={() => onAddress({ marks: shown ? "off" : undefined })}
          rightSection={shown ? <Check size={14} strokeWidth={1.75} aria-label="chosen" /> : null}
        >
          Mark them in the charts
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>
          {error && marks.length === 0
            ? error.message
            : marks.length === 0
              ? "No release or prompt version came in this time."
              : "First seen in this time"}
        </Menu.Label>
        {marks.toReversed().map((mark) => (
          <Menu.Item
            key={mark.key}
            className={classes.markItem}
            renderRoot={(root) => <Link {...root} {...mark.link} />}
            rightSection={
              <span className={classes.markTime} title={exactTime(new Date(mark.at).toISOString())}>
                {time(mark.at, false)}
              </span>
            }
          >
            <span className={`${classes.markName} ellipsis`} title={mark.name} dir="auto">
              {mark.name}
            </span>
          </Menu.Item>
        ))}
        {page.count > marks.length && (
          <Menu.Label>
            The newest {marks.length} of {count(page.count)}; the charts mark no others.
          </Menu.Label>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
