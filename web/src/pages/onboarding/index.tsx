import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { projectsQuery } from "../../api/projects";
import { Page } from "../../frame/Page";
import { useProject } from "../../frame/project";
import { Onboarding } from "./Onboarding";
import classes from "./onboarding.module.css";

const SUGGESTED = "my-app";

/** How to get a first trace in, whatever the application is written with. */
export default function OnboardingPage() {
  const open = useProject();
  const { data } = useQuery(projectsQuery());
  const demo = data?.items.find((one) => one.demo);
  const known = data?.items.find((one) => one.name === open);
  // Nobody means to send real traces among the examples.
  const target = known && !known.demo ? known.name : SUGGESTED;
  return (
    <Page
      crumbs={[{ label: "Get started" }]}
      global={!known}
      actions={
        demo && (
          <Link to="/p/$project/overview" params={{ project: demo.name }} className={classes.skip}>
            Skip, show the demo project
          </Link>
        )
      }
    >
      <Onboarding project={target} />
    </Page>
  );
}
