import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { EmptyState } from "../parts/states";
import { Page } from "./Page";

export function NotFound() {
  return (
    <Page crumbs={[{ label: "Not found" }]} global>
      <EmptyState icon={Compass} title="There is no page at this address">
        It may have been renamed. <Link to="/">Go to the start</Link>
      </EmptyState>
    </Page>
  );
}
