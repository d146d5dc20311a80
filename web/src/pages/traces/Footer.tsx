import { Menu } from "@mantine/core";
import { Download } from "lucide-react";
import type { Totals } from "../../api/types";
import { compact, cost, count, duration, UNKNOWN } from "../../format";
import { Button } from "../../parts/Button";
import { BulkActions } from "./bulk/BulkActions";
import { ExportItems } from "./ExportItems";
import type { Row } from "./rows";
import type { Question } from "./state";
import classes from "./traces.module.css";

interface Props {
  question: Question;
  totals: Totals | undefined;
  ticked: readonly Row[];
  onCompare: (a: Row, b: Row) => void;
  onUntick: () => void;
}

/** Sums over the whole result; with ticks its right half becomes the actions. */
export function Footer({ question, totals, ticked, onCompare, onUntick }: Props) {
  const { scope } = question;
  return (
    <footer className={classes.footer}>
      <Figures scope={scope} totals={totals} />
      <div className={classes.footerRight}>
        {ticked.length > 0 ? (
          <BulkActions
            question={question}
            ticked={ticked}
            onCompare={onCompare}
            onUntick={onUntick}
          />
        ) : (
          <Menu position="top-end" offset={4}>
            <Menu.Target>
              <Button look="quiet" small icon={Download}>
                Export
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>The whole result as</Menu.Label>
              <ExportItems question={question} />
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
    </footer>
  );
}

function Figures({ scope, totals }: { scope: string; totals: Totals | undefined }) {
  const figures: [string, string][] = [
    [count(totals?.count), scope],
    [count(totals?.error_count), "errors"],
    [duration(totals?.p50_duration_ms), "p50"],
    [duration(totals?.p99_duration_ms), "p99"],
    [compact(totals?.total_tokens), "tokens"],
    [cost(totals?.total_cost), "cost"],
  ];
  return (
    <dl className={classes.figures} aria-live="polite">
      {figures.map(([value, name]) => (
        <div key={name} className={classes.figure} data-name={name}>
          <dt>{name}</dt>
          <dd data-unknown={value === UNKNOWN || undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
