import { Menu } from "@mantine/core";
import { ClipboardCheck, Copy, Ellipsis, GitCompareArrows, X } from "lucide-react";
import { useState } from "react";
import { count } from "../../../format";
import { Button } from "../../../parts/Button";
import { writeClipboard } from "../../../parts/CopyButton";
import { AddToQueue } from "../../annotation/AddToQueue";
import { AddToDataset } from "../../datasets/AddToDataset";
import { EvaluateRows } from "../../evaluators/EvaluateRows";
import { ExportItems } from "../ExportItems";
import type { Row } from "../rows";
import type { Question } from "../state";
import classes from "../traces.module.css";
import { DeleteTraces } from "./DeleteTraces";
import { spansOf } from "./selection";
import { TagForm } from "./TagForm";

interface Props {
  question: Question;
  ticked: readonly Row[];
  onCompare: (a: Row, b: Row) => void;
  onUntick: () => void;
}

/** What can be done with the ticked rows, where the sums of the result stand otherwise. */
export function BulkActions({ question, ticked, onCompare, onUntick }: Props) {
  const [a, b] = ticked;
  const [adding, setAdding] = useState(false);
  const runIds = ticked.flatMap((row) => row.rootSpanId ?? []);
  const comparable = ticked.length === 2 && a?.traceId && b?.traceId && a.traceId !== b.traceId;
  return (
    <>
      <span className={classes.tickedCount}>{count(ticked.length)} selected</span>
      {question.scope !== "sessions" && (
        <Button
          small
          icon={GitCompareArrows}
          disabled={!comparable}
          title={comparable ? undefined : "Select two traces to compare them"}
          onClick={() => comparable && onCompare(a, b)}
        >
          Compare
        </Button>
      )}
      {question.scope !== "sessions" && (
        <>
          <Button
            small
            icon={ClipboardCheck}
            disabled={runIds.length === 0}
            title={runIds.length === 0 ? "The roots of these traces never came" : undefined}
            onClick={() => setAdding(true)}
          >
            Add to queue
          </Button>
          <AddToQueue runIds={runIds} opened={adding} onClose={() => setAdding(false)} />
          <AddToDataset spans={spansOf(ticked)} onDone={onUntick} />
          <EvaluateRows
            project={question.project}
            spans={spansOf(ticked)}
            unit={question.scope === "spans" ? "span" : "trace"}
            filter={question.filter}
          />
          <TagForm ticked={ticked} />
          <DeleteTraces ticked={ticked} onGone={onUntick} />
        </>
      )}
      <Menu position="top-end" offset={4}>
        <Menu.Target>
          <Button small icon={Ellipsis} aria-label="More" />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>The selected rows as</Menu.Label>
          <ExportItems question={question} rows={ticked} />
          <Menu.Divider />
          <Menu.Item
            leftSection={<Copy size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() =>
              writeClipboard(
                ticked.map((row) => row.spanId ?? row.traceId ?? row.sessionId).join("\n"),
              )
            }
          >
            Copy ids
          </Menu.Item>
          <Menu.Item
            leftSection={<X size={14} strokeWidth={1.75} aria-hidden />}
            onClick={onUntick}
          >
            Clear the selection
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
