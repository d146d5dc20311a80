import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { Project } from "../../api/types";
import { useSaving } from "../../api/useSaving";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import forms from "./forms.module.css";
import { RuleCaps } from "./RuleCaps";
import classes from "./settings.module.css";
import { ProjectChoice, useChosenProject } from "./useChosenProject";

/** Renames a project or takes it away. */
export function ProjectSettings() {
  const { chosen, projects, choose, error, isPending, refetch } = useChosenProject();
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (isPending) return <Skeleton height={120} />;
  if (!chosen) return <EmptyState title="There is no project yet" />;
  return (
    <>
      <ProjectChoice projects={projects} chosen={chosen} onChoose={choose} />
      <Rename key={`rename ${chosen.name}`} project={chosen} onRenamed={choose} />
      <RuleCaps key={`caps ${chosen.name}`} project={chosen.name} />
      <Remove key={`remove ${chosen.name}`} project={chosen} />
    </>
  );
}

function Rename({ project, onRenamed }: { project: Project; onRenamed: (name: string) => void }) {
  const [name, setName] = useState(project.name);
  const renaming = useSaving(
    () => send<Project>("PATCH", pathOf(project.name), { name }),
    keys.projects(),
    (changed) => onRenamed(changed.name),
  );

  return (
    <form
      className={classes.section}
      onSubmit={submitting(renaming)}
      aria-labelledby="rename-title"
    >
      <h3 className={classes.sectionTitle} id="rename-title">
        Rename
      </h3>
      <div className={forms.inline}>
        <Field
          label="Name"
          value={name}
          error={renaming.error?.message}
          onChange={(value) => {
            setName(value);
            renaming.reset();
          }}
          help="Traces that still come with the old name begin a project of that name anew."
        />
        <Button type="submit" disabled={name.trim() === "" || name === project.name}>
          Rename
        </Button>
      </div>
    </form>
  );
}

function Remove({ project }: { project: Project }) {
  const [typed, setTyped] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () => send("DELETE", pathOf(project.name)),
    onSuccess: async () => {
      queries.clear();
      await navigate({ to: "/projects" });
    },
  });

  return (
    <form
      className={classes.section}
      onSubmit={submitting(removing)}
      aria-labelledby="remove-title"
    >
      <h3 className={classes.sectionTitle} id="remove-title">
        Delete
      </h3>
      <p className={classes.text}>
        All traces, scores and settings of <b>{project.name}</b> are gone for good. A copy is made
        by <code>pilothouse backup</code>.
      </p>
      <div className={forms.inline}>
        <Field
          label="Type the name of the project"
          value={typed}
          error={removing.error?.message}
          onChange={setTyped}
          autoComplete="off"
        />
        <Button type="submit" look="danger" disabled={typed !== project.name}>
          Delete
        </Button>
      </div>
    </form>
  );
}

/** What a form does with its one button. */
function submitting(done: { isPending: boolean; mutate: () => void }) {
  return (event: FormEvent) => {
    event.preventDefault();
    if (!done.isPending) done.mutate();
  };
}

function pathOf(name: string): string {
  return `projects/${encodeURIComponent(name)}`;
}
