import { Popover } from "@mantine/core";
import { Plus, Tag, X } from "lucide-react";
import { useState } from "react";
import { count, plural } from "../../../format";
import { Button } from "../../../parts/Button";
import type { Row } from "../rows";
import classes from "./bulk.module.css";
import { useTagging } from "./edits";
import { howMany, selectedTraces, tagsOf } from "./selection";

const SHOWN = 12;

/** Adds a tag to the selected traces, or takes one away. */
export function TagForm({ ticked }: { ticked: readonly Row[] }) {
  const selected = selectedTraces(ticked);
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  const tagging = useTagging(selected);
  const tags = tagsOf(ticked);
  const traces = plural(howMany(selected), "trace");

  function add(tag: string) {
    if (tag && !tagging.isPending)
      tagging.mutate({ add: [tag] }, { onSuccess: () => setTyped("") });
  }
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="top-end"
      offset={4}
      width={280}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button small icon={Tag} aria-expanded={opened} onClick={() => setOpened(!opened)}>
          Tag
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.tags}>
        <form
          className={classes.tagForm}
          onSubmit={(event) => {
            event.preventDefault();
            add(typed.trim());
          }}
        >
          <input
            className={classes.tagField}
            value={typed}
            maxLength={200}
            placeholder={`Tag ${traces}`}
            aria-label={`New tag of ${traces}`}
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button type="submit" icon={Plus} disabled={!typed.trim() || tagging.isPending}>
            Add
          </Button>
        </form>
        {tagging.error && (
          <p className={classes.problem} role="alert">
            {tagging.error.message}
          </p>
        )}
        <ul className={classes.tagList} aria-busy={tagging.isPending}>
          {tags.slice(0, SHOWN).map(({ tag, count: rows }) => (
            <li key={tag} className={classes.tagRow}>
              <span className="ellipsis" title={tag} dir="auto">
                {tag}
              </span>
              <span className={classes.tagCount}>
                {count(rows)} of {count(ticked.length)}
              </span>
              <Button
                look="quiet"
                small
                icon={Plus}
                disabled={rows === ticked.length || tagging.isPending}
                onClick={() => add(tag)}
                aria-label={`Add ${tag} to all`}
                title="Add to all"
              />
              <Button
                look="quiet"
                small
                icon={X}
                disabled={tagging.isPending}
                onClick={() => tagging.mutate({ remove: [tag] })}
                aria-label={`Remove ${tag}`}
                title="Remove"
              />
            </li>
          ))}
        </ul>
        {tags.length > SHOWN && (
          <p className={classes.more}>{plural(tags.length - SHOWN, "more tag")}</p>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
