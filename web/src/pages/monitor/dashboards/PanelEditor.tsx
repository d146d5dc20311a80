import { useState } from "react";
import { Area } from "../../../parts/Area";
import { Button } from "../../../parts/Button";
import { Dialog } from "../../../parts/Dialog";
import { Choice, Field } from "../../../parts/Field";
import type { Question } from "../../traces/state";
import { usePart } from "../useBoard";
import classes from "./dashboards.module.css";
import { asKind, KINDS, type Panel } from "./model";
import { type PanelBoard, PanelView } from "./PanelView";
import { panelsPart } from "./panelQuestions";
import { QuestionFields } from "./QuestionFields";

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
