/** What an experiment that the server ran says of its run, and how to run it again. */

import type { Experiment } from "../../api/evaluation";
import { type Draft, EMPTY } from "./runForm";

export interface ServerRun {
  target: Record<string, unknown>;
  evaluators: { id: string; name: string; version: number }[];
  budget_usd: number | null;
  job_id?: string;
  outcome?: "running" | "done" | "cancelled" | "budget" | "failed";
}

/** The run of an experiment; undefined where somebody else sent its traces. */
export function serverRunOf({ metadata }: Experiment): ServerRun | undefined {
  const run = metadata.run as Partial<ServerRun> | undefined;
  return run && typeof run === "object" && run.target && Array.isArray(run.evaluators)
    ? (run as ServerRun)
    : undefined;
}

/** What ran, in a few words: `refunds 14, local/small`, or an address. */
export function ranWhat({ target }: ServerRun): string {
  if (target.kind === "http") return String(target.url ?? "");
  return `${target.prompt} ${target.version}, ${target.model}`;
}

/** The form filled in as that experiment was, over the newest examples. */
export function draftOf(experiment: Experiment): Draft {
  const draft: Draft = {
    ...EMPTY,
    dataset: experiment.dataset_id,
    repetitions: String(experiment.num_repetitions),
  };
  const run = serverRunOf(experiment);
  if (!run) return draft;
  const { target } = run;
  const text = (name: string) => (target[name] == null ? "" : String(target[name]));
  const json = (name: string, normal: unknown) => {
    const value = target[name];
    const same = value == null || JSON.stringify(value) === JSON.stringify(normal);
    return same ? "" : JSON.stringify(value, null, 2);
  };
  return {
    ...draft,
    evaluators: run.evaluators.flatMap((one) => one.id || []),
    budget: run.budget_usd == null ? "" : String(run.budget_usd),
    ...(target.kind === "http"
      ? {
          ...{ target: "http", url: text("url"), output: text("output_path") },
          body: json("body_template", "{{inputs}}"),
        }
      : {
          ...{ target: "prompt", prompt: text("prompt"), model: text("model") },
          which: target.version == null ? "" : `version ${target.version}`,
          parameters: json("parameters", {}),
        }),
  };
}
