import { Page } from "../../frame/Page";

export default function Session() {
  return (
    <Page crumbs={[{ label: "Session" }]}>
      <span className="hidden-text">Session</span>
    </Page>
  );
}
