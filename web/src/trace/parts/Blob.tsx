import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { apiUrl } from "../../api/client";
import { bytes } from "../../format";
import type { BlobRef } from "../model";
import { type TraceView, useTraceView } from "../view";
import { LongText } from "./LongText";
import classes from "./value.module.css";

/** The address of a blob of the trace that is shown. */
export function blobUrl({ project, share, trace }: TraceView, id: string): string {
  const path = `blobs/${encodeURIComponent(id)}`;
  if (!share) return apiUrl(path, { project });
  return apiUrl(`public/${encodeURIComponent(share)}/${path}`, { trace_id: trace.trace_id });
}

/** A value that lies apart: its beginning, and the rest when asked for. */
export function Blob({ blob }: { blob: BlobRef }) {
  const view = useTraceView();
  const [open, setOpen] = useState(false);
  const url = blobUrl(view, blob.$blob);
  const isText = !/^(image|audio|video|application\/(pdf|octet-stream|zip))/.test(
    blob.mime_type ?? "",
  );
  const rest = useQuery({
    queryKey: ["blob", url],
    queryFn: async ({ signal }) => (await fetch(url, { signal })).text(),
    enabled: open && isText,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (/^image\//.test(blob.mime_type ?? ""))
    return <img className={classes.image} src={url} alt="" />;
  if (rest.data !== undefined) return <LongText text={rest.data} open />;
  return (
    <span>
      {blob.preview && <span className={classes.preview}>{blob.preview}…</span>}
      {isText && (
        <button
          type="button"
          className={classes.more}
          onClick={() => setOpen(true)}
          disabled={rest.isFetching}
        >
          {rest.isError ? "did not load, try again" : `show all ${bytes(blob.bytes)}`}
        </button>
      )}
      <a className={classes.more} href={url} download>
        download {isText ? "" : bytes(blob.bytes)}
      </a>
    </span>
  );
}
