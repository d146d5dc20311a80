import { Page } from "../../frame/Page";

export default function UserPage() {
  return (
    <Page crumbs={[{ label: "User" }]}>
      <span className="hidden-text">User</span>
    </Page>
  );
}
