import { Page } from "../../frame/Page";

export default function Onboarding() {
  return (
    <Page crumbs={[{ label: "Get started" }]}>
      <span className="hidden-text">Get started</span>
    </Page>
  );
}
