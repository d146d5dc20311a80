/** From a panel to what else can be done with what it asks. */

import type { LinkProps } from "@tanstack/react-router";
import { alertLink } from "../links";
import type { Asked } from "../questions";
import { isBucketed, type Panel } from "./model";
import { measureName } from "./panelData";
import { filterOf, splitOf } from "./panelQuestions";

/** A new alert that asks what a panel asks first; null where no number is asked for. */
export function alertOnPanel(panel: Panel, asked: Asked): LinkProps | null {
  const { question, kind, title } = panel;
  const [measure] = question?.measures ?? [];
  if (!question || measure === undefined || isBucketed(kind)) return null;
  const by = kind === "table" ? question.group_by?.[0] : splitOf(panel, asked.split)?.field;
  return alertLink(asked.project, {
    name: title || measureName(measure),
    scope: question.scope,
    filter: filterOf(question, asked.filter),
    measure,
    group_by: by,
  });
}
