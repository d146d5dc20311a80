import { Page } from "../../frame/Page";

export default function Traces() {
  return (
    <Page crumbs={[{ label: "Traces" }]}>
      <span className="hidden-text">Traces</span>
    </Page>
  );
}
