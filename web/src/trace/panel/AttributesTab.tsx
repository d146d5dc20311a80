import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import { plural } from "../../format";
import { CopyButton } from "../../parts/CopyButton";
import { pretty } from "../json";
import type { Span } from "../model";
import { Value } from "../parts/Value";
import { type AttributeRow, attributeRows, searched } from "./attributes";
import classes from "./panel.module.css";

const GROUPS: Record<AttributeRow["group"], string> = {
  metadata: "Metadata",
  parameters: "Parameters",
  attributes: "Attributes",
  resource: "Resource",
  library: "Library",
};

/** So many rows are drawn at once; the search reaches all. */
const SHOWN = 300;

export function AttributesTab({ span }: { span: Span }) {
  const [asked, setAsked] = useState("");
  const [most, setMost] = useState(SHOWN);
  const all = useMemo(() => attributeRows(span), [span]);
  const found = useMemo(() => searched(all, asked), [all, asked]);
  const shown = found.slice(0, most);
  const groups = (Object.keys(GROUPS) as AttributeRow["group"][])
    .map((group) => ({ group, rows: shown.filter((row) => row.group === group) }))
    .filter(({ rows }) => rows.length > 0);
  return (
    <>
      <div className={classes.searchRow}>
        <Search size={14} strokeWidth={1.75} aria-hidden />
        <input
          className={classes.search}
          value={asked}
          onChange={(event) => setAsked(event.currentTarget.value)}
          placeholder={`Search ${plural(all.length, "attribute")}`}
          aria-label="Search attributes"
        />
      </div>
      {groups.map(({ group, rows }) => (
        <section key={group} className={classes.section}>
          <h3 className={classes.sectionTitle}>{GROUPS[group]}</h3>
          <dl>
            {rows.map((row) => (
              <div key={row.name} className={classes.attribute}>
                <dt>
                  <code>{row.name}</code>
                </dt>
                <dd>
                  <Value
                    value={row.value}
                    raw={typeof row.value === "string" && !/^\s*[[{]/.test(row.value)}
                  />
                  <span className={classes.attributeCopy}>
                    <CopyButton text={() => pretty(row.value)} label={`Copy ${row.name}`} />
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      {found.length === 0 && (
        <p className={classes.nothing}>
          {all.length === 0 ? "This span carries no attributes." : `No attribute holds “${asked}”.`}
        </p>
      )}
      {found.length > most && (
        <button type="button" className={classes.moreRows} onClick={() => setMost(most + 1000)}>
          show more of {plural(found.length, "attribute")}
        </button>
      )}
    </>
  );
}
