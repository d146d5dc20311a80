import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps, useRouterState, useSearch } from "@tanstack/react-router";
import {
  Bell,
  ChartLine,
  CircleDollarSign,
  CircleHelp,
  ClipboardCheck,
  Database,
  FlaskConical,
  Gauge,
  LayoutDashboard,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  Rocket,
  Search as SearchIcon,
  Settings,
  TextQuote,
  Users,
  Waypoints,
} from "lucide-react";
import { Fragment } from "react";
import type { Search } from "../address";
import { openAlertsQuery } from "../api/alerts";
import { Kbd, modKey } from "../parts/Kbd";
import classes from "./frame.module.css";
import { ProjectSwitcher } from "./ProjectSwitcher";
import { openPalette } from "./palette-store";
import { useProject } from "./project";

interface Entry {
  label: string;
  icon: LucideIcon;
  link: LinkProps;
  active: boolean;
  /** How much there wants to be looked at; nothing is shown of none. */
  open?: number;
}

interface Group {
  title: string;
  entries: Entry[];
}

/** The entries of the rail for the page that is open. */
function useEntries(): { groups: Group[]; below: Entry[] } {
  const project = useProject();
  const open = useOpenAlerts(project);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const search = useSearch({ strict: false }) as Search;
  const at = (part: string) => path.includes(`/p/`) && path.split("/").includes(part);
  const under = (part: string) => !path.includes(`/p/`) && path.split("/").includes(part);
  const kept = { range: search.range, from: search.from, to: search.to };
  const sessions = at("sessions") || (at("traces") && search.scope === "sessions");

  const observe: Entry[] = project
    ? [
        {
          label: "Overview",
          icon: LayoutDashboard,
          link: { to: "/p/$project/overview", params: { project }, search: kept },
          active: at("overview"),
        },
        {
          label: "Traces",
          icon: ListTree,
          link: { to: "/p/$project/traces", params: { project }, search: kept },
          active: (at("traces") || at("trace") || at("compare")) && !sessions,
        },
        {
          label: "Sessions",
          icon: MessagesSquare,
          link: {
            to: "/p/$project/traces",
            params: { project },
            search: { ...kept, scope: "sessions" },
          },
          active: sessions,
        },
        {
          label: "Users",
          icon: Users,
          link: { to: "/p/$project/users", params: { project }, search: kept },
          active: at("users"),
        },
        {
          label: "Monitor",
          icon: ChartLine,
          link: { to: "/p/$project/monitor", params: { project }, search: kept },
          active: at("monitor"),
        },
        {
          label: "Alerts",
          icon: Bell,
          link: { to: "/p/$project/alerts", params: { project } },
          active: at("alerts"),
          open,
        },
        {
          label: "Usage & cost",
          icon: CircleDollarSign,
          link: { to: "/p/$project/usage", params: { project } },
          active: at("usage") || under("usage"),
        },
      ]
    : [];
  const evaluate: Entry[] = [
    {
      label: "Datasets",
      icon: Database,
      link: { to: "/datasets" },
      active: under("datasets"),
    },
    {
      label: "Experiments",
      icon: FlaskConical,
      link: { to: "/experiments" },
      active: under("experiments"),
    },
    ...(project
      ? [
          {
            label: "Evaluators",
            icon: Gauge,
            link: { to: "/p/$project/evaluators" as const, params: { project } },
            active: at("evaluators") || at("rules"),
          },
        ]
      : []),
    {
      label: "Annotation",
      icon: ClipboardCheck,
      link: { to: "/annotation" },
      active: under("annotation"),
    },
  ];
  const build: Entry[] = [
    {
      label: "Prompts",
      icon: TextQuote,
      link: { to: "/prompts" },
      active: under("prompts"),
    },
    {
      label: "Releases",
      icon: Rocket,
      link: { to: "/releases" },
      active: under("releases"),
    },
    {
      label: "Gateway",
      icon: Waypoints,
      link: { to: "/gateway" },
      active: under("gateway"),
    },
  ];
  const below: Entry[] = [
    {
      label: "Settings",
      icon: Settings,
      link: { to: "/settings" },
      active: path.includes("/settings"),
    },
    {
      label: "Help",
      icon: CircleHelp,
      link: { to: "/onboarding" },
      active: path.endsWith("/onboarding"),
    },
  ];
  const groups = [
    { title: "Observe", entries: observe },
    { title: "Evaluate", entries: evaluate },
    { title: "Build", entries: build },
  ];
  return { groups: groups.filter(({ entries }) => entries.length > 0), below };
}

/** How many rules of the project have an open episode. */
function useOpenAlerts(project: string | null): number {
  const { data = [] } = useQuery({ ...openAlertsQuery(), enabled: project !== null });
  return data.find((one) => one.project === project)?.open_rules ?? 0;
}

export function Rail({ narrow }: { narrow: boolean }) {
  const { groups, below } = useEntries();
  return (
    <div className={classes.rail} data-narrow={narrow || undefined}>
      <ProjectSwitcher narrow={narrow} />
      <nav aria-label="Main" className={classes.railNav}>
        {groups.map(({ title, entries }) => (
          <Fragment key={title}>
            {!narrow && <h2 className={classes.group}>{title}</h2>}
            {entries.map((entry) => (
              <RailItem key={entry.label} entry={entry} narrow={narrow} />
            ))}
          </Fragment>
        ))}
      </nav>
      <div className={classes.railBelow}>
        <Labelled label="Go to…" narrow={narrow}>
          <button
            type="button"
            className={classes.item}
            onClick={openPalette}
            aria-label={narrow ? "Go to…" : undefined}
          >
            <SearchIcon size={15} strokeWidth={1.75} aria-hidden />
            {!narrow && (
              <>
                <span className={classes.itemLabel}>Go to…</span>
                <Kbd>{modKey("K")}</Kbd>
              </>
            )}
          </button>
        </Labelled>
        {below.map((entry) => (
          <RailItem key={entry.label} entry={entry} narrow={narrow} />
        ))}
      </div>
    </div>
  );
}

function RailItem({ entry, narrow }: { entry: Entry; narrow: boolean }) {
  const Icon = entry.icon;
  return (
    <Labelled label={entry.label} narrow={narrow}>
      <Link
        {...entry.link}
        className={classes.item}
        data-here={entry.active || undefined}
        aria-current={entry.active ? "page" : undefined}
        aria-label={nameOf(entry, narrow)}
      >
        <Icon size={15} strokeWidth={1.75} aria-hidden />
        {!narrow && <span className={classes.itemLabel}>{entry.label}</span>}
        {entry.open ? (
          <span className={classes.open}>
            {!narrow && entry.open}
            <span className="hidden-text"> open</span>
          </span>
        ) : null}
      </Link>
    </Labelled>
  );
}

/** What readers hear; where a number stands beside the label, both are heard as they stand. */
function nameOf({ label, open }: Entry, narrow: boolean): string | undefined {
  if (!open) return label;
  return narrow ? `${label}, ${open} open` : undefined;
}

function Labelled(props: { label: string; narrow: boolean; children: React.ReactElement }) {
  if (!props.narrow) return props.children;
  return (
    <Tooltip label={props.label} position="right" openDelay={200}>
      {props.children}
    </Tooltip>
  );
}
