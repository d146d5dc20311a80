import { useQuery } from "@tanstack/react-query";
import { useAddress } from "../../address";
import { projectsQuery } from "../../api/projects";
import type { Project } from "../../api/types";
import { useProject } from "../../frame/project";
import { Choice } from "../../parts/Field";
import classes from "./settings.module.css";

/** The project that a section is about: from the address, else the one open last, else the first. */
export function useChosenProject() {
  const [search, change] = useAddress();
  const last = useProject();
  const query = useQuery(projectsQuery());
  const projects = query.data?.items ?? [];
  const wanted = [search.project, last].filter(Boolean);
  const chosen =
    wanted.flatMap((name) => projects.find((one) => one.name === name) ?? [])[0] ?? projects[0];
  return { ...query, projects, chosen, choose: (name: string) => change({ project: name }) };
}

interface ChoiceProps {
  projects: readonly Project[];
  chosen: Project;
  onChoose: (name: string) => void;
}

export function ProjectChoice({ projects, chosen, onChoose }: ChoiceProps) {
  return (
    <div className={classes.projectChoice}>
      <Choice
        label="Project"
        value={chosen.name}
        options={projects.map((one) => ({ value: one.name, label: shortened(one.name) }))}
        onChange={onChoose}
      />
    </div>
  );
}

function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}
