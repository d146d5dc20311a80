import { Page } from "../../frame/Page";

export default function Projects() {
  return (
    <Page crumbs={[{ label: "Projects" }]}>
      <span className="hidden-text">Projects</span>
    </Page>
  );
}
