import { Page } from "../../frame/Page";

export default function Compare() {
  return (
    <Page crumbs={[{ label: "Compare" }]}>
      <span className="hidden-text">Compare</span>
    </Page>
  );
}
