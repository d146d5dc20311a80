import { File, ImageOff } from "lucide-react";
import { field, isBlobRef, type Part, spacedJson } from "../model";
import { type TraceView, useTraceView } from "../view";
import { Blob, blobUrl } from "./Blob";
import classes from "./value.module.css";

/** What bytes are whose sender did not say. */
const USUAL: Record<string, string> = { image: "image/png", audio: "audio/wav" };
const BLOB_ID = /^[0-9a-f]{64}$/;

/** Where a part's bytes are: kept here or in the part itself. Other hosts are never asked. */
function source(part: Part, view: TraceView): string | null {
  const blob = field(part, "blob") ?? field(part, "data");
  if (isBlobRef(blob)) return blobUrl(view, blob.$blob);
  const url = field(part, "url");
  if (isBlobRef(url)) return blobUrl(view, url.$blob);
  if (typeof blob === "string" && blob) {
    if (BLOB_ID.test(blob)) return blobUrl(view, blob);
    const mime = field(part, "mime_type") || USUAL[part.type] || "application/octet-stream";
    return `data:${mime};base64,${blob}`;
  }
  if (typeof url === "string" && /^data:(image|audio|video)\//i.test(url)) return url;
  return null;
}

/** A long text whose beginning is shown already. */
function Rest({ part }: { part: Part }) {
  const apart = field(part, "blob");
  return isBlobRef(apart) ? <Blob blob={{ ...apart, preview: "" }} /> : null;
}

/** An image, a sound or a file of a message; parts of other kinds as JSON. */
export function Media({ part }: { part: Part }) {
  const view = useTraceView();
  if (part.type === "text" || part.type === "reasoning") return <Rest part={part} />;
  const url = source(part, view);
  const told = field(part, "url");
  const mime = String(field(part, "mime_type") ?? "");
  if (part.type === "image" && url)
    return <img className={classes.image} src={url} alt="sent along" />;
  if (part.type === "audio" && url)
    // biome-ignore lint/a11y/useMediaCaption: recorded speech comes without captions
    return <audio className={classes.audio} controls preload="none" src={url} />;
  if (part.type === "image" || part.type === "audio" || part.type === "file") {
    const Icon = part.type === "file" ? File : ImageOff;
    const name = String(field(part, "name") ?? field(part, "file_name") ?? (mime || part.type));
    return (
      <span className={classes.file}>
        <Icon size={14} strokeWidth={1.75} aria-hidden />
        {url ? (
          <a href={url} download>
            {name}
          </a>
        ) : (
          <span className="ellipsis">{typeof told === "string" && told ? told : name}</span>
        )}
      </span>
    );
  }
  return <pre className={classes.unknown}>{spacedJson(part)}</pre>;
}
