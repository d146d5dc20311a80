import { Page } from "../../frame/Page";

export default function Users() {
  return (
    <Page crumbs={[{ label: "Users" }]}>
      <span className="hidden-text">Users</span>
    </Page>
  );
}
