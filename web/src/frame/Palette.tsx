import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Spotlight } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Bell,
  ChartLine,
  CircleDollarSign,
  CircleHelp,
  ClipboardCheck,
  Database,
  FlaskConical,
  FolderKanban,
  Gauge,
  LayoutDashboard,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  Moon,
  PanelLeft,
  Settings,
  TextQuote,
  User,
  Users,
} from "lucide-react";
import { useState } from "react";
import { get } from "../api/client";
import { projectsQuery } from "../api/projects";
import type { Page, Trace, UserRow } from "../api/types";
import classes from "./frame.module.css";
import { matches, traceIdIn } from "./palette-match";
import { paletteStore } from "./palette-store";
import { useProject } from "./project";

interface Action {
  group: string;
  label: string;
  hint?: string;
  icon: LucideIcon;
  run: () => void;
}

/** `⌘K`: goes to a page, a project, a trace or session by its id, a user. */
export function Palette({ toggleRail }: { toggleRail: () => void }) {
  const [query, setQuery] = useState("");
  const asked = query.trim();
  const pages = usePages(toggleRail);
  const projects = useProjectActions();
  const found = useFound(asked);
  const known = [...pages, ...projects].filter((action) =>
    matches(asked, action.label, action.hint),
  );
  const groups = Map.groupBy([...known, ...found], (action) => action.group);

  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      size={560}
      maxHeight={440}
      scrollable
      clearQueryOnClose
      tagsToIgnore={[]}
      radius={6}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      classNames={{
        action: classes.paletteAction,
        actionsGroup: classes.paletteGroup,
        search: classes.paletteSearch,
      }}
    >
      <Spotlight.Search
        placeholder="Go to a page, project, user, trace or session id"
        aria-label="Go to"
      />
      <Spotlight.ActionsList>
        {[...groups].map(([group, actions]) => (
          <Spotlight.ActionsGroup key={group} label={group}>
            {actions.map(({ label, hint, icon: Icon, run }) => (
              <Spotlight.Action key={`${group}${label}${hint ?? ""}`} onClick={run} label={label}>
                <Icon size={15} strokeWidth={1.75} aria-hidden className={classes.paletteIcon} />
                <span className="ellipsis">{label}</span>
                {hint && <span className={`${classes.paletteHint} ellipsis`}>{hint}</span>}
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.size === 0 && (
          <Spotlight.Empty>Nothing is called “{asked}”. Ids must be whole.</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function usePages(toggleRail: () => void): Action[] {
  const project = useProject();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light");
  const nextScheme = shown === "dark" ? "light" : "dark";
  const inProject: Action[] = project
    ? [
        {
          group: "Pages",
          label: "Overview",
          icon: LayoutDashboard,
          run: () => navigate({ to: "/p/$project/overview", params: { project } }),
        },
        {
          group: "Pages",
          label: "Traces",
          icon: ListTree,
          run: () => navigate({ to: "/p/$project/traces", params: { project } }),
        },
        {
          group: "Pages",
          label: "Sessions",
          icon: MessagesSquare,
          run: () =>
            navigate({
              to: "/p/$project/traces",
              params: { project },
              search: { scope: "sessions" },
            }),
        },
        {
          group: "Pages",
          label: "Users",
          icon: Users,
          run: () => navigate({ to: "/p/$project/users", params: { project } }),
        },
        {
          group: "Pages",
          label: "Monitor",
          hint: "charts",
          icon: ChartLine,
          run: () => navigate({ to: "/p/$project/monitor", params: { project } }),
        },
        {
          group: "Pages",
          label: "Alerts",
          hint: "rules, episodes",
          icon: Bell,
          run: () => navigate({ to: "/p/$project/alerts", params: { project } }),
        },
        {
          group: "Pages",
          label: "Usage & cost",
          hint: "bill, report",
          icon: CircleDollarSign,
          run: () => navigate({ to: "/p/$project/usage", params: { project } }),
        },
        {
          group: "Pages",
          label: "Evaluators",
          hint: "rules, judges",
          icon: Gauge,
          run: () => navigate({ to: "/p/$project/evaluators", params: { project } }),
        },
      ]
    : [];
  return [
    ...inProject,
    {
      group: "Pages",
      label: "Usage & cost of all projects",
      icon: CircleDollarSign,
      run: () => navigate({ to: "/usage" }),
    },
    {
      group: "Pages",
      label: "Datasets",
      icon: Database,
      run: () => navigate({ to: "/datasets" }),
    },
    {
      group: "Pages",
      label: "Experiments",
      icon: FlaskConical,
      run: () => navigate({ to: "/experiments" }),
    },
    {
      group: "Pages",
      label: "Annotation",
      icon: ClipboardCheck,
      run: () => navigate({ to: "/annotation" }),
    },
    {
      group: "Pages",
      label: "Prompts",
      icon: TextQuote,
      run: () => navigate({ to: "/prompts" }),
    },
    {
      group: "Pages",
      label: "Projects",
      icon: FolderKanban,
      run: () => navigate({ to: "/projects" }),
    },
    {
      group: "Pages",
      label: "Settings",
      icon: Settings,
      run: () => navigate({ to: "/settings" }),
    },
    {
      group: "Pages",
      label: "Get started",
      hint: "help, first trace",
      icon: CircleHelp,
      run: () => navigate({ to: "/onboarding" }),
    },
    {
      group: "Actions",
      label: nextScheme === "dark" ? "Dark appearance" : "Light appearance",
      icon: Moon,
      run: () => setColorScheme(nextScheme),
    },
    {
      group: "Actions",
      label: "Fold or unfold the rail",
      icon: PanelLeft,
      run: toggleRail,
    },
  ];
}

function useProjectActions(): Action[] {
  const navigate = useNavigate();
  const { data } = useQuery(projectsQuery());
  return (data?.items ?? []).map((project) => ({
    group: "Projects",
    label: project.name,
    icon: FolderKanban,
    run: () => navigate({ to: "/p/$project/overview", params: { project: project.name } }),
  }));
}

/** What the server knows by that name: a trace, a session, users. */
function useFound(asked: string): Action[] {
  const project = useProject();
  const navigate = useNavigate();
  const traceId = traceIdIn(asked);
  const literal = JSON.stringify(asked);
  const searching = asked.length >= 2 && project !== "";

  const traces = useQuery({
    queryKey: ["palette", "trace", traceId],
    enabled: traceId !== null,
    retry: false,
    queryFn: ({ signal }) =>
      get<Page<Trace>>("traces", { filter: `trace_id = "${traceId}"`, limit: 5 }, signal),
  });
  const sessions = useQuery({
    queryKey: ["palette", "session", project, asked],
    enabled: searching,
    retry: false,
    queryFn: ({ signal }) =>
      get<Page<Trace>>("traces", { project, filter: `session_id = ${literal}`, limit: 1 }, signal),
  });
  const users = useQuery({
    queryKey: ["palette", "user", project, asked],
    enabled: searching,
    retry: false,
    queryFn: ({ signal }) =>
      get<Page<UserRow>>(
        "users",
        { project, filter: `user_id contains ${literal}`, limit: 5 },
        signal,
      ),
  });

  return [
    ...(traces.data?.items ?? []).map((trace) => ({
      group: "Traces",
      label: trace.name,
      hint: `${trace.trace_id} in ${trace.project}`,
      icon: ListTree,
      run: () =>
        navigate({
          to: "/p/$project/trace/$traceId",
          params: { project: trace.project, traceId: trace.trace_id },
        }),
    })),
    ...(sessions.data?.items ?? []).map((trace) => ({
      group: "Sessions",
      label: trace.session_id ?? asked,
      icon: MessagesSquare,
      run: () =>
        navigate({
          to: "/p/$project/sessions/$sessionId",
          params: { project: trace.project, sessionId: trace.session_id ?? asked },
        }),
    })),
    ...(users.data?.items ?? []).map((user) => ({
      group: "Users",
      label: user.user_id,
      icon: User,
      run: () =>
        navigate({
          to: "/p/$project/users/$userId",
          params: { project, userId: user.user_id },
        }),
    })),
  ];
}
