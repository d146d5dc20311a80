import { Link } from "@tanstack/react-router";
import { FolderX } from "lucide-react";
import { EmptyState } from "../parts/states";
import { Page } from "./Page";

/** Instead of the pages of a project that there is not, or not any more. */
export function NoProject({ name }: { name: string }) {
  return (
    <Page crumbs={[{ label: "Not found" }]} global>
      <EmptyState icon={FolderX} title={`There is no project called “${name}”`}>
        It appears with its first trace, or was renamed or deleted.{" "}
        <Link to="/projects">All projects</Link>
      </EmptyState>
    </Page>
  );
}
