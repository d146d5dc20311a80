import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Plus } from "lucide-react";
import { useState } from "react";
import { MAINTENANCE, maintenanceQuery, type Maintenance as Window } from "../../api/alerts";
import { send } from "../../api/client";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/ColumnTable";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { Confirm } from "./Confirm";
import { MaintenanceForm } from "./MaintenanceForm";
import { SettingsTable } from "./SettingsTable";
import classes from "./settings.module.css";
import { ProjectChoice, useChosenProject } from "./useChosenProject";
import { scheduleText } from "./windows";

/** When nobody is told of a project's alerts. */
export function Maintenance() {
  const { chosen, projects, choose, error, isPending, refetch } = useChosenProject();
  return (
    <section className={`${classes.section} ${classes.wide}`} aria-label="Maintenance">
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : isPending ? (
        <Skeleton height={96} />
      ) : !chosen ? (
        <EmptyState title="There is no project yet">
          Its times of maintenance will stand here.
        </EmptyState>
      ) : (
        <OfProject key={chosen.name} project={chosen.name}>
          <ProjectChoice projects={projects} chosen={chosen} onChoose={choose} />
        </OfProject>
      )}
    </section>
  );
}

function OfProject({ project, children }: { project: string; children: React.ReactNode }) {
  const [making, setMaking] = useState(false);
  const { data, error, refetch } = useQuery(maintenanceQuery(project));
  const cache = useQueryClient();
  const remove = async (id: string) => {
    await send("DELETE", `alerts/maintenance/${encodeURIComponent(id)}`);
    await cache.invalidateQueries({ queryKey: MAINTENANCE });
  };
  return (
    <>
      <div className={classes.sectionHead}>
        <h3 className={classes.sectionTitle}>Maintenance</h3>
        <Button icon={Plus} onClick={() => setMaking(true)}>
          New maintenance
        </Button>
      </div>
      <p className={classes.help}>
        Rules go on looking. What is still wrong when it is over is told then.
      </p>
      {children}
      <MaintenanceForm project={project} opened={making} onClose={() => setMaking(false)} />
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={96} />
      ) : data.length === 0 ? (
        <EmptyState icon={CalendarClock} title="People are told at any time">
          A maintenance silences all rules of a project, once or each week.
        </EmptyState>
      ) : (
        <SettingsTable
          columns={COLUMNS}
          rows={data}
          keyOf={(one) => one.id}
          actions={(one) => (
            <Confirm word="Delete" sure="Delete now" onConfirm={() => remove(one.id)}>
              People are told again in this time.
            </Confirm>
          )}
        />
      )}
    </>
  );
}

const COLUMNS: readonly Column<Window>[] = [
  { label: "Name", cell: (one) => one.name, title: (one) => one.name },
  {
    label: "When",
    cell: (one) => scheduleText(one.schedule),
    title: (one) => scheduleText(one.schedule),
  },
  { label: "Now", cell: (one) => (one.active ? "nobody is told" : "not now") },
];
