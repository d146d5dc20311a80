import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { MaskingForm } from "./MaskingForm";
import type { MaskingRule } from "./rules";
import { ProjectChoice, useChosenProject } from "./useChosenProject";

/** The masking of one project. */
export function Masking() {
  const { chosen, projects, choose, error, isPending, refetch } = useChosenProject();
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (isPending) return <Skeleton height={200} />;
  if (!chosen)
    return <EmptyState title="There is no project yet">Its rules will stand here.</EmptyState>;
  const rules = (chosen as { masking?: MaskingRule[] }).masking ?? [];
  return (
    <>
      <ProjectChoice projects={projects} chosen={chosen} onChoose={choose} />
      <MaskingForm
        key={`${chosen.name}${JSON.stringify(rules)}`}
        project={chosen.name}
        rules={rules}
      />
    </>
  );
}
