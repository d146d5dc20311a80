import { Page } from "../../frame/Page";

export default function Settings() {
  return (
    <Page crumbs={[{ label: "Settings" }]}>
      <span className="hidden-text">Settings</span>
    </Page>
  );
}
