import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { apiUrl } from "../../api/client";
import { bytes } from "../../format";
import type { BlobRef } from "../model";
import { useTraceView } from "../view";
import { LongText } from "./LongText";
import classes from "./value.module.css";

/** The address of a blob of this project. */
export function blobUrl(project: string, id: string): string {
  return apiUrl(`blobs/${encodeURIComponent(id)}`, { project });
}

/** A value that lies apart: its beginning, and the rest when asked for. */
export function Blob({ blob }: { blob: BlobRef }) {
  const { project } = useTraceView();
  const [open, setOpen] = useState(false);
  const url = blobUrl(project, blob.$blob);
  const isText = !/^(image|audio|video|application\/(pdf|octet-stream|zip))/.test(
    blob.mime_type ?? "",
  );
  const rest = useQuery({
    queryKey: ["blob", project, blob.$blob],
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
