import { FileText, X } from "lucide-react";
import { Button } from "../parts/Button";
import { addressOf } from "./api";
import classes from "./question.module.css";
import type { Attachment } from "./types";
import { bytes } from "./words";

interface Props {
  files: Attachment[];
  thread: string;
  onRemove?: (id: string) => void;
}

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

/** Files of a message; pictures are shown, the rest can be fetched. */
export function Attached({ files, thread, onRemove }: Props) {
  return (
    <ul className={classes.files} aria-label="Attached files">
      {files.map((file) => {
        const address = addressOf(`threads/${encodeURIComponent(thread)}/files/${file.id}`);
        return (
          <li key={file.id} className={classes.file}>
            {PICTURE.test(file.kind) ? (
              <img src={address} alt="" />
            ) : (
              <FileText size={14} strokeWidth={1.75} aria-hidden />
            )}
            <a className={classes.fileName} href={address} download={file.name} title={file.name}>
              {file.name}
            </a>
            <span className={classes.size}>{bytes(file.size)}</span>
            {onRemove && (
              <Button
                look="quiet"
                small
                icon={X}
                aria-label={`Remove ${file.name}`}
                onClick={() => onRemove(file.id)}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
