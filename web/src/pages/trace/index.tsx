import { Page } from "../../frame/Page";

export default function Trace() {
  return (
    <Page crumbs={[{ label: "Trace" }]}>
      <span className="hidden-text">Trace</span>
    </Page>
  );
}
