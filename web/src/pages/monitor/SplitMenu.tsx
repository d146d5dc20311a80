import { Menu } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Check, ChevronDown, Split as SplitIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/Button";
import { rowsQuery } from "../traces/queries";
import { metadataPaths } from "../traces/rows";
import type { Question } from "../traces/state";
import classes from "./monitor.module.css";
import { ofMetadata, SPLITS, type Split } from "./splits";

interface Props {
  question: Question;
  split: Split | null;
  onChoose: (field: string | undefined) => void;
}

/** By which field all charts are split: one of the usual ones, or a key of the metadata. */
export function SplitMenu({ question, split, onChoose }: Props) {
  const [open, setOpen] = useState(false);
  const { data } = useInfiniteQuery({ ...rowsQuery(question), enabled: open });
  const paths = metadataPaths(data?.pages[0]?.rows ?? []);
  const seen = paths.map((path) => ofMetadata(path.replace(/^metadata\./, "")));
  const others = split && ![...SPLITS, ...seen].some(({ field }) => field === split.field);
  const entry = (one: Split) => (
    <Menu.Item
      key={one.field}
      onClick={() => onChoose(one.field)}
      rightSection={
        one.field === split?.field ? (
          <Check size={14} strokeWidth={1.75} aria-label="chosen" />
        ) : null
      }
    >
      {one.label}
    </Menu.Item>
  );
  return (
    <Menu position="bottom-end" offset={4} opened={open} onChange={setOpen}>
      <Menu.Target>
        <Button
          icon={SplitIcon}
          className={classes.splitButton}
          after={<ChevronDown size={13} strokeWidth={1.75} aria-hidden />}
        >
          <span className="ellipsis">{split ? `By ${split.label}` : "Split by"}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.splitList}>
        <Menu.Item
          onClick={() => onChoose(undefined)}
          rightSection={split ? null : <Check size={14} strokeWidth={1.75} aria-label="chosen" />}
        >
          not split
        </Menu.Item>
        <Menu.Divider />
        {SPLITS.map(entry)}
        {(seen.length > 0 || others) && <Menu.Label>Metadata</Menu.Label>}
        {seen.map(entry)}
        {others && entry(split)}
      </Menu.Dropdown>
    </Menu>
  );
}
