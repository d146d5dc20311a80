import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Measured } from "../../../api/types";
import { problemIn } from "../../../filter/FilterBar";
import { Area } from "../../../parts/Area";
import { Button } from "../../../parts/Button";
import { Dialog } from "../../../parts/Dialog";
import { Choice, Field } from "../../../parts/Field";
import { INTERVALS } from "../../../timeRange";
import { FilterField } from "../../traces/FilterField";
import { languageQuery } from "../../traces/queries";
import type { Question } from "../../traces/state";
import { intervalName } from "../intervals";
import { SPLITS } from "../splits";
import { usePart } from "../useBoard";
import classes from "./dashboards.module.css";
import { MeasureFields } from "./MeasureFields";
import { asKind, isBucketed, isChart, isOverTime, KINDS, type Panel, UNITS } from "./model";
import { type PanelBoard, PanelView } from "./PanelView";
import { panelsPart } from "./panelQuestions";

const SCOPES = [
  { value: "traces", label: "Traces" },
  { value: "spans", label: "Spans: calls, tools, steps" },
  { value: "sessions", label: "Sessions" },
];
const COMPARED = [
  { value: "", label: "The period before" },
  { value: "1d", label: "A day earlier" },
  { value: "1w", label: "A week earlier" },
  { value: "off", label: "Nothing" },
];
const WORSE = [
  { value: "", label: "Neither" },
  { value: "up", label: "Up" },
  { value: "down", label: "Down" },
];
const PREVIEW = 240;

interface Props {
  panel: Panel;
  board: PanelBoard;
  /** Of the page: what the filter bar suggests values from. */
  question: Question;
  onKeep: (panel: Panel) => void;
  onClose: () => void;
}

/** Asks what a panel measures and how it is drawn, and shows it meanwhile. */
export function PanelEditor({ panel, board, question, onKeep, onClose }: Props) {
  const [edited, setEdited] = useState(panel);
  const part = board.asked && edited.question ? panelsPart([edited], board.asked) : null;
  const answer = usePart(part, board.asked?.project ?? "");
  return (
    <Dialog opened onClose={onClose} title={panel.title || "Panel"} size={980}>
      <form
        className={classes.editor}
        onSubmit={(event) => {
          event.preventDefault();
          onKeep({ ...edited, title: edited.title.trim() });
        }}
      >
        <div className={classes.editorFields}>
          <Field
            label="Title"
            value={edited.title}
            onChange={(title) => setEdited({ ...edited, title })}
            maxLength={200}
            placeholder={edited.kind === "text" ? "None" : "As the measure is called"}
            data-autofocus
          />
          <Choice
            label="Drawn as"
            value={edited.kind}
            options={KINDS}
            onChange={(kind) => setEdited(asKind(edited, kind as Panel["kind"]))}
          />
          {edited.question ? (
            <QuestionFields
              panel={edited}
              question={edited.question}
              page={question}
              error={answer.error}
              onChange={setEdited}
            />
          ) : (
            <Area
              label="Text"
              value={edited.options.text ?? ""}
              rows={10}
              help="Markdown: headings, lists, links, tables."
              onChange={(text) => setEdited({ ...edited, options: { ...edited.options, text } })}
            />
          )}
        </div>
        <div className={classes.preview} aria-label="Preview" role="group">
          <PanelView panel={edited} board={{ ...board, answer, shared: false }} height={PREVIEW} />
        </div>
        <div className={classes.editorButtons}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Keep panel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface QuestionProps {
  panel: Panel;
  question: Measured;
  page: Question;
  error: unknown;
  onChange: (panel: Panel) => void;
}

function QuestionFields({ panel, question, page, error, onChange }: QuestionProps) {
  const { kind, options } = panel;
  const filterInput = useRef<HTMLInputElement>(null);
  const { data: language } = useQuery(languageQuery(question.scope));
  const set = (changes: Partial<Measured>) =>
    onChange({ ...panel, question: { ...question, ...changes } });
  const several = kind === "table" || (isChart(kind) && !question.group_by?.length);
  const compared = kind === "figure" || (isChart(kind) && !question.group_by?.length);
  return (
    <>
      <Choice
        label="Of"
        value={question.scope}
        options={SCOPES}
        onChange={(scope) => set({ scope: scope as Measured["scope"] })}
      />
      <MeasureFields
        scope={question.scope}
        measures={question.measures}
        bucketed={isBucketed(kind)}
        several={several}
        onChange={(measures) => set({ measures })}
      />
      <div className={classes.filterField}>
        <span className={classes.label}>Only where</span>
        <FilterField
          bar={question.filter ?? ""}
          question={{ ...page, scope: question.scope }}
          language={language}
          problem={problemIn(error, 0, question.filter?.length ?? 0)}
          inputRef={filterInput}
          onAddress={({ filter }) => set({ filter })}
        />
      </div>
      {(isChart(kind) || kind === "table") && (
        <SplitField
          fields={question.group_by ?? []}
          several={kind === "table"}
          onChange={(fields) =>
            onChange(asKind({ ...panel, question: { ...question, group_by: fields } }, kind))
          }
        />
      )}
      <div className={classes.pair}>
        {isOverTime(kind) && (
          <Choice
            label="Interval"
            value={question.interval ?? ""}
            options={[
              { value: "", label: "That of the page" },
              ...INTERVALS.slice(4).map((one) => ({ value: one.name, label: intervalName(one) })),
            ]}
            onChange={(interval) => set({ interval: interval || undefined })}
          />
        )}
        {compared && (
          <Choice
            label="Compared with"
            value={question.compare === null ? "off" : (question.compare ?? "")}
            options={COMPARED}
            onChange={(value) => set({ compare: value === "off" ? null : value || undefined })}
          />
        )}
        <Choice
          label="Unit"
          value={options.unit ?? ""}
          options={[{ value: "", label: "Automatic" }, ...UNITS]}
          onChange={(value) =>
            onChange({
              ...panel,
              options: {
                ...options,
                unit: UNITS.find((one) => one.value === value)?.value ?? null,
              },
            })
          }
        />
        {kind === "figure" && (
          <Choice
            label="Worse is"
            value={options.worse ?? ""}
            options={WORSE}
            onChange={(worse) =>
              onChange({
                ...panel,
                options: { ...options, worse: worse === "up" || worse === "down" ? worse : null },
              })
            }
          />
        )}
      </div>
    </>
  );
}

interface SplitProps {
  fields: readonly string[];
  several: boolean;
  onChange: (fields: string[]) => void;
}

/** By which fields: of the usual ones, or any other that can be typed. */
function SplitField({ fields, several, onChange }: SplitProps) {
  const [typed, setTyped] = useState(fields.join(", "));
  return (
    <>
      <Field
        label="Split by"
        value={typed}
        list="split-fields"
        mono
        placeholder="not split"
        help={several ? "Fields, parted by commas." : "model, name, tags, metadata.tier …"}
        onChange={(text) => {
          setTyped(text);
          const named = text.split(",").map((field) => field.trim());
          onChange(named.filter(Boolean).slice(0, several ? 5 : 1));
        }}
      />
      <datalist id="split-fields">
        {SPLITS.map(({ field }) => (
          <option key={field} value={field} />
        ))}
      </datalist>
    </>
  );
}
