import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { type Release, releasesQuery } from "../../api/releases";
import { ago, exactTime } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { type Column, ColumnTable } from "../../parts/ColumnTable";
import { EmptyState, ErrorState } from "../../parts/states";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import { WaitingRows } from "../../parts/WaitingRows";
import { ReleaseMark } from "./ReleaseMark";
import classes from "./releases.module.css";
import { ShareBar } from "./ShareBar";
import { KINDS } from "./words";

/** What is compared on live traffic, and how far challengers have come. */
export default function ReleasesPage() {
  const { data, error, refetch } = useQuery(releasesQuery());
  return (
    <Page global crumbs={[{ label: "Releases" }]} actions={<ShareButton />}>
      {data ? (
        data.length > 0 ? (
          <Releases releases={data} />
        ) : (
          <EmptyState icon={Rocket} title="Nothing is released step by step yet">
            A release gives a part of a route's users another model or prompt and compares. Begin
            one with <code>pilothouse release start NAME --route ROUTE --to MODEL</code>.
          </EmptyState>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <WaitingRows rows={4} />
      )}
    </Page>
  );
}

function Releases({ releases }: { releases: readonly Release[] }) {
  return (
    <ColumnTable
      linked
      className={classes.table}
      rows={releases}
      keyOf={(release) => release.id}
      body={useRowKeys("Releases")}
      isFailed={(release) => release.status === "rolled_back"}
      columns={COLUMNS}
    />
  );
}

const COLUMNS: readonly Column<Release>[] = [
  {
    label: "Name",
    title: (release) => release.name,
    cell: (release) => (
      <Link
        to="/releases/$name"
        params={{ name: release.name }}
        className={table.rowLink}
        dir="auto"
      >
        {release.name}
      </Link>
    ),
  },
  {
    label: "State",
    className: classes.stateColumn,
    cell: (release) => <ReleaseMark release={release} />,
  },
  {
    label: "Kind",
    className: `${classes.kindColumn} ${table.second} ${table.wideOnly}`,
    cell: (release) => KINDS[release.kind],
  },
  {
    label: "Route",
    className: `${classes.routeColumn} ${table.second} ${table.wideOnly}`,
    title: (release) => release.route,
    cell: (release) => <span dir="auto">{release.route}</span>,
  },
  {
    label: "Share",
    className: classes.shareColumn,
    cell: (release) => <ShareBar release={release} />,
  },
  {
    label: "What is known",
    className: `${classes.saidColumn} ${table.second} ${table.wideOnly}`,
    title: (release) => release.figures?.sentence,
    cell: (release) => release.figures?.sentence ?? "Nothing was seen yet.",
  },
  {
    label: "Changed",
    className: `${table.time} ${table.wideOnly}`,
    title: (release) => exactTime(release.updated_at),
    cell: (release) => ago(release.updated_at),
  },
];
