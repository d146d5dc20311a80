import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { get } from "../../api/client";
import type { Example } from "../../api/evaluation";
import type { Page, Span } from "../../api/types";
import { Button } from "../../parts/Button";

/** Opens the span that an example was made of, wherever it lies. */
export function SourceLink({ source }: { source: NonNullable<Example["source"]> }) {
  const navigate = useNavigate();
  const [words, setWords] = useState("trace");
  async function open() {
    const asked = [`span_id = "${source.span_id}"`];
    if (source.trace_id) asked.push(`trace_id = "${source.trace_id}"`);
    try {
      const found = await get<Page<Span>>("spans", { filter: asked.join(" and "), limit: 1 });
      const span = found.items[0];
      if (!span) return setWords("is gone");
      await navigate({
        to: "/p/$project/trace/$traceId",
        params: { project: span.project, traceId: span.trace_id },
        search: { span: span.span_id },
      });
    } catch (error) {
      setWords(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <Button
      small
      look="quiet"
      onClick={() => void open()}
      title={`Open the span ${source.span_id}`}
    >
      {words}
    </Button>
  );
}
