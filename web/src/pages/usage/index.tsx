import { Link, useParams } from "@tanstack/react-router";
import { useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { panelOf, Tabs } from "../../parts/Tabs";
import { TimeRange } from "../../parts/TimeRange";
import { type TimeRange as Range, readRange, writeRange } from "../../timeRange";
import { Bill } from "./Bill";
import { Budgets } from "./Budgets";
import { Report } from "./Report";
import classes from "./usage.module.css";

const VIEWS = ["report", "budgets", "bill"] as const;
const NAMES = { report: "Report", budgets: "Budgets", bill: "Provider's bill" };

/** What calls of models cost, in one project or in all, and what providers bill for them. */
export default function UsagePage() {
  const { project } = useParams({ strict: false }) as { project?: string };
  const [search, change] = useAddress();
  const view = VIEWS.find((one) => one === search.view) ?? "report";
  const range = readRange(search.range || search.from ? search : { ...search, range: "30d" });
  // The server's default is a day: here it has to be said.
  const onRange = (next: Range) =>
    change({ ...writeRange(next), range: next.kind === "relative" ? next.span : undefined });

  return (
    <Page
      crumbs={[{ label: "Usage & cost" }]}
      global={!project}
      actions={
        <>
          {view === "report" && <TimeRange range={range} onChange={onRange} />}
          <ShareButton />
        </>
      }
    >
      <Tabs
        label="Views"
        tabs={VIEWS}
        names={NAMES}
        chosen={view}
        onChoose={(next) => change({ view: next === "report" ? undefined : next })}
      >
        {project && (
          <Link to="/usage" className={classes.all}>
            All projects
          </Link>
        )}
      </Tabs>
      <div {...panelOf(view)}>
        {view === "report" ? (
          <Report
            project={project}
            range={range}
            search={search}
            onAddress={change}
            onRange={onRange}
          />
        ) : view === "budgets" ? (
          <Budgets project={project} />
        ) : (
          <Bill project={project} />
        )}
      </div>
    </Page>
  );
}
