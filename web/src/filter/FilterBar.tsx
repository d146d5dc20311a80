import { ListFilter, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { ApiError } from "../api/client";
import type { FilterLanguage } from "../api/types";
import { Kbd } from "../parts/Kbd";
import { applied, isInEntries, isWhole, placeAt, type Suggestion, suggestions } from "./complete";
import classes from "./FilterBar.module.css";
import { Highlighted } from "./Highlighted";
import { SuggestionList } from "./SuggestionList";

export interface FilterProblem {
  message: string;
  /** Counted from 0 in the bar's own text; null when it is not in the bar. */
  at: number | null;
  suggestion: string | null;
}

interface Props {
  text: string;
  onChange: (text: string, how: "choosing" | "typing") => void;
  language: FilterLanguage | undefined;
  /** Top values of the field that the cursor asks for. */
  values: readonly { value: string; count: number }[];
  onField: (field: string | null) => void;
  problem: FilterProblem | null;
  inputRef: React.RefObject<HTMLInputElement | null>;
}

const TYPING_PAUSE_MS = 200;

/** The filter expression, coloured, completed and corrected where it stands. */
export function FilterBar(props: Props) {
  const { language, problem, inputRef } = props;
  const [text, setText] = useState(props.text);
  const [cursor, setCursor] = useState(props.text.length);
  const [focused, setFocused] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [dismissed, setDismissed] = useState(false);
  const [scroll, setScroll] = useState(0);
  const timer = useRef<number>(undefined);
  const listId = useId();

  // Back, a view or a link changed the address: the bar follows, unless it is being typed in.
  useEffect(() => {
    if (timer.current === undefined) setText(props.text);
  }, [props.text]);

  const place = useMemo(() => placeAt(text, cursor), [text, cursor]);
  const offered = useMemo(
    () => suggestions(place, language, props.values),
    [place, language, props.values],
  );
  const open = focused && !dismissed && offered.length > 0;
  const asked = place.expected === "value" && !isInEntries(place) ? place.field : null;
  const { onField } = props;
  useEffect(() => onField(focused ? asked : null), [asked, focused, onField]);

  function change(next: string, at: number) {
    setText(next);
    setCursor(at);
    setChosen(-1);
    setDismissed(false);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      timer.current = undefined;
      if (isWhole(next)) props.onChange(next, "typing");
    }, TYPING_PAUSE_MS);
  }

  function commit(next: string) {
    window.clearTimeout(timer.current);
    timer.current = undefined;
    setText(next);
    props.onChange(next, "choosing");
  }

  function take(suggestion: Suggestion) {
    const result = applied(text, place, suggestion);
    // Drawn at once: what is typed next has to land at the cursor.
    flushSync(() => change(result.text, result.cursor));
    inputRef.current?.focus();
    inputRef.current?.setSelectionRange(result.cursor, result.cursor);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    const one = offered[chosen];
    if (event.key === "ArrowDown" && open) setChosen((chosen + 1) % offered.length);
    else if (event.key === "ArrowUp" && open)
      setChosen((chosen <= 0 ? offered.length : chosen) - 1);
    else if ((event.key === "Tab" || event.key === "Enter") && open && one) take(one);
    else if (event.key === "Enter") {
      commit(text);
      setDismissed(true);
      event.currentTarget.blur();
    } else if (event.key === "Escape" && open) setDismissed(true);
    else if (event.key === "Escape") event.currentTarget.blur();
    else if (event.key === " " && event.ctrlKey) setDismissed(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Someone in the middle of a word is not told that the word is wrong.
  const unfinished = focused && problem?.at != null && problem.at >= text.trimEnd().length;
  const asIs = text.trim() === props.text.trim();
  const shown = problem && asIs && !unfinished ? problem : null;

  return (
    <div className={classes.whole}>
      <label
        className={classes.bar}
        data-focused={focused || undefined}
        data-wrong={(shown && !focused) || undefined}
      >
        <ListFilter size={14} strokeWidth={1.75} aria-hidden className={classes.icon} />
        <div className={classes.text}>
          <Highlighted text={text} wrongAt={shown?.at ?? null} scroll={scroll} />
          <input
            ref={inputRef}
            className={classes.input}
            value={text}
            placeholder='status = "error" and duration_ms > 2s, or "a text in quotation marks"'
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            role="combobox"
            aria-label="Filter"
            aria-expanded={open}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={open && chosen >= 0 ? `${listId}-${chosen}` : undefined}
            aria-invalid={shown ? true : undefined}
            aria-describedby={shown ? `${listId}-problem` : undefined}
            onChange={(event) =>
              change(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)
            }
            onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
            onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
            onFocus={() => setFocused(true)}
            onBlur={() => {
              setFocused(false);
              setChosen(-1);
              setDismissed(false);
              if (text.trim() !== props.text.trim()) commit(text);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {focused || text ? <Kbd>⏎</Kbd> : <Kbd>/</Kbd>}
        {text && (
          <button
            type="button"
            className={classes.clear}
            aria-label="Clear the filter"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => commit("")}
          >
            <X size={14} strokeWidth={1.75} aria-hidden />
          </button>
        )}
      </label>
      {open && (
        <SuggestionList
          id={listId}
          suggestions={offered}
          chosen={chosen}
          onTake={take}
          onHover={setChosen}
        />
      )}
      {shown && !open && (
        <Problem
          id={`${listId}-problem`}
          problem={shown}
          onTake={(word) => {
            const at = shown.at ?? 0;
            const wrong = /^[\w.]+/.exec(text.slice(at))?.[0] ?? "";
            commit(text.slice(0, at) + word + text.slice(at + wrong.length));
          }}
        />
      )}
    </div>
  );
}

interface ProblemProps {
  id: string;
  problem: FilterProblem;
  onTake: (word: string) => void;
}

function Problem({ id, problem, onTake }: ProblemProps) {
  const { suggestion } = problem;
  return (
    <div id={id} className={classes.problem} role="alert">
      {problem.message}
      {suggestion && (
        <button
          type="button"
          className={classes.suggestion}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(suggestion)}
        >
          Use {suggestion}
        </button>
      )}
    </div>
  );
}

interface FilterDetails {
  column?: number;
  problem?: string;
  expected?: string[];
  suggestion?: string | null;
}

/** What is wrong, without the column: that is underlined. */
function sentence(message: string, { problem, expected = [], suggestion }: FilterDetails): string {
  if (!problem) return message;
  const first = problem.charAt(0).toUpperCase() + problem.slice(1);
  if (suggestion || expected.length === 0) return `${first}.`;
  const words = expected.length > 8 ? [...expected.slice(0, 7), "…"] : expected;
  const last = words.length > 1 ? ` or ${words.at(-1)}` : "";
  return `${first}; expected ${(last ? words.slice(0, -1) : words).join(", ")}${last}.`;
}

/** The bar's problem in an answer of the server; `offset` is where the bar's text begins in it. */
export function problemIn(error: unknown, offset: number, length: number): FilterProblem | null {
  if (!(error instanceof ApiError) || error.status !== 400) return null;
  const details = error.details as FilterDetails | null;
  if (typeof details?.column !== "number") return null;
  const at = details.column - 1 - offset;
  return {
    message: sentence(error.message, details),
    at: at >= 0 && at <= length ? at : null,
    suggestion: details.suggestion ?? null,
  };
}
