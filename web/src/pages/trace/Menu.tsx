import { Menu as Dropdown } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import {
  Braces,
  ClipboardCheck,
  Copy,
  Database,
  Download,
  Ellipsis,
  FileText,
  GitCompare,
} from "lucide-react";
import { useState } from "react";
import { useAddress } from "../../address";
import { apiUrl, get } from "../../api/client";
import type { Span, TraceDetail } from "../../api/types";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { writeClipboard } from "../../parts/CopyButton";
import { save } from "../../save";
import { conversation } from "../../trace/conversation";
import { toMarkdown } from "../../trace/exports";
import type { Trace } from "../../trace/model";
import type { PayloadState, PayloadStore } from "../../trace/payloads";
import type { Tree } from "../../trace/tree";
import { AddToQueue } from "../annotation/AddToQueue";
import { AddToDatasetForm } from "../datasets/AddToDataset";
import { CompareWith } from "./CompareWith";

interface Props {
  project: string;
  trace: Trace;
  tree: Tree;
  payloads: PayloadState;
  store: PayloadStore;
}

/** What else one can do with a trace. */
export function Menu({ project, trace, tree, payloads }: Props) {
  const [comparing, setComparing] = useState(false);
  const [collecting, setCollecting] = useState(false);
  const [queued, setQueued] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [address, setAddress] = useAddress();
  const navigate = useNavigate();
  const root = tree.roots[0]?.span;
  const chosen = tree.byId.get(address.span ?? "")?.span;
  useKeys("Trace", [
    { key: "a", what: "Add to a dataset", run: () => setCollecting(true) },
    {
      key: "q",
      what: "Add to an annotation queue",
      run: () => setQueued((chosen ?? root)?.span_id ?? null),
    },
  ]);
  const spanId = tree.byId.has(address.span ?? "") ? address.span : undefined;
  const example = { project, trace_id: trace.trace_id, ...(spanId ? { span_id: spanId } : {}) };
  const name = `${(trace.name || "trace").replace(/[^\w.-]+/g, "_").slice(0, 60)}-${trace.trace_id.slice(0, 8)}`;

  async function whole(): Promise<TraceDetail> {
    return get<TraceDetail>(`traces/${encodeURIComponent(trace.trace_id)}`, {
      project,
      payloads: true,
    });
  }
  async function loaded(): Promise<ReadonlyMap<string, Span>> {
    if (payloads.spans.size >= tree.nodes.length) return payloads.spans;
    return new Map((await whole()).spans.map((span) => [span.span_id, span]));
  }
  const told = (work: () => Promise<void>) => () => {
    setFailure(null);
    work().catch((error: unknown) =>
      setFailure(error instanceof Error ? error.message : String(error)),
    );
  };
  const markdown = async () => toMarkdown(trace, conversation(trace, tree, await loaded()));

  return (
    <>
      <Dropdown position="bottom-end" offset={4} width={232}>
        <Dropdown.Target>
          <Button look="quiet" icon={Ellipsis} aria-label="More" title="More" />
        </Dropdown.Target>
        <Dropdown.Dropdown>
          <Dropdown.Item
            leftSection={<Copy size={14} />}
            onClick={() => void writeClipboard(trace.trace_id)}
          >
            Copy trace id
          </Dropdown.Item>
          <Dropdown.Item leftSection={<Database size={14} />} onClick={() => setCollecting(true)}>
            Add to dataset…
          </Dropdown.Item>
          <Dropdown.Item leftSection={<GitCompare size={14} />} onClick={() => setComparing(true)}>
            Compare with…
          </Dropdown.Item>
          {root && (
            <Dropdown.Item
              leftSection={<ClipboardCheck size={14} />}
              onClick={() => setQueued(root.span_id)}
            >
              Add to an annotation queue…
            </Dropdown.Item>
          )}
          {chosen && chosen !== root && (
            <Dropdown.Item
              leftSection={<ClipboardCheck size={14} />}
              onClick={() => setQueued(chosen.span_id)}
            >
              Add the span to a queue…
            </Dropdown.Item>
          )}
          <Dropdown.Item
            leftSection={<Braces size={14} />}
            onClick={() => setAddress({ layer: "raw" })}
          >
            Show raw JSON
          </Dropdown.Item>
          <Dropdown.Divider />
          <Dropdown.Item
            leftSection={<FileText size={14} />}
            onClick={told(async () => save(`${name}.md`, await markdown(), "text/markdown"))}
          >
            Download Markdown
          </Dropdown.Item>
          <Dropdown.Item
            leftSection={<Copy size={14} />}
            onClick={told(async () => writeClipboard(await markdown()))}
          >
            Copy as Markdown
          </Dropdown.Item>
          <Dropdown.Item
            leftSection={<Download size={14} />}
            onClick={told(async () =>
              save(`${name}.json`, JSON.stringify(await whole(), null, 2), "application/json"),
            )}
          >
            Download JSON
          </Dropdown.Item>
          <Dropdown.Item
            leftSection={<Download size={14} />}
            component="a"
            href={apiUrl("export", {
              project,
              scope: "spans",
              format: "otlp",
              filter: `trace_id = "${trace.trace_id}"`,
            })}
            download={`${name}.otlp.json`}
          >
            Download OTLP
          </Dropdown.Item>
        </Dropdown.Dropdown>
      </Dropdown>
      {failure && (
        <span role="alert" className="hidden-text">
          {failure}
        </span>
      )}
      <AddToQueue
        runIds={queued ? [queued] : []}
        opened={queued !== null}
        onClose={() => setQueued(null)}
      />
      <AddToDatasetForm
        opened={collecting}
        onClose={() => setCollecting(false)}
        spans={[example]}
      />
      <CompareWith
        project={project}
        trace={trace}
        opened={comparing}
        onClose={() => setComparing(false)}
        onChoose={(other) =>
          void navigate({
            to: "/p/$project/compare",
            params: { project },
            search: { a: trace.trace_id, b: other },
          })
        }
      />
    </>
  );
}
