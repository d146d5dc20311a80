import { Page } from "../../frame/Page";

export default function SignIn() {
  return (
    <Page crumbs={[{ label: "Sign in" }]}>
      <span className="hidden-text">Sign in</span>
    </Page>
  );
}
