import { Page } from "../../frame/Page";

export default function Overview() {
  return (
    <Page crumbs={[{ label: "Overview" }]}>
      <span className="hidden-text">Overview</span>
    </Page>
  );
}
