import { ChevronDown, ChevronUp, Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { count } from "../../format";
import { Button } from "../../parts/Button";
import classes from "./head.module.css";

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** Place of the selected hit, counted from 1; 0 when another span is selected. */
  at: number;
  hits: number;
  go: (by: 1 | -1) => void;
  onClose: () => void;
}

/** The search within the trace: a field, where one stands among the hits, and steps between them. */
export function FindBox({ value, onChange, at, hits, go, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, 200);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <div className={classes.find}>
      <Search size={14} strokeWidth={1.75} aria-hidden />
      <input
        ref={field}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
          else if (event.key === "Escape") onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        placeholder="Find in trace"
        aria-label="Find in trace"
      />
      <span className={classes.hits} aria-live="polite">
        {value && (hits === 0 ? "none" : `${at || "–"} of ${count(hits)}`)}
      </span>
      <Button
        look="quiet"
        small
        icon={ChevronUp}
        onClick={() => go(-1)}
        aria-label="Hit before"
        disabled={hits === 0}
      />
      <Button
        look="quiet"
        small
        icon={ChevronDown}
        onClick={() => go(1)}
        aria-label="Next hit"
        disabled={hits === 0}
      />
      <Button look="quiet" small icon={X} onClick={onClose} aria-label="Close the search" />
    </div>
  );
}
