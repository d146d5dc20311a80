import { UNKNOWN } from "../../format";
import table from "../../parts/table.module.css";
import type { Item, ItemPreview } from "./queries";

interface Props {
  item: Item;
  preview: ItemPreview | undefined;
}

/** What an item is about: the beginning of its input, or its id until that is there. */
export function ItemInput({ item, preview }: Props) {
  if (preview?.run) return <InputText preview={preview} />;
  return (
    <>
      <code>{item.run.span_id.slice(0, 16)}</code>
      {item.other && (
        <>
          {" "}
          and <code>{item.other.span_id.slice(0, 16)}</code>
        </>
      )}
      {preview && <span className={table.rowNote}>deleted</span>}
    </>
  );
}

/** The beginning of the input of an item's run, or the run's name where it has none. */
export function InputText({ preview: { run } }: { preview: ItemPreview }) {
  return (
    <span dir="auto" title={run?.input_preview ?? undefined}>
      {run?.input_preview ?? run?.name}
    </span>
  );
}

/** The beginning of what came out; of a pair both answers. */
export function ItemOutput({ item, preview }: Props) {
  if (!item.other) return <span dir="auto">{preview?.run?.output_preview ?? UNKNOWN}</span>;
  return (
    <>
      <b>A</b> <span dir="auto">{preview?.run?.output_preview ?? UNKNOWN}</span> <b>B</b>{" "}
      <span dir="auto">{preview?.other?.output_preview ?? UNKNOWN}</span>
    </>
  );
}
