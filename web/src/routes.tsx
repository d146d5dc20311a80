import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { parseSearch, type Search, stringifySearch } from "./address";
import { queries } from "./api/queries";
import { Home } from "./frame/Home";
import { latePage } from "./frame/latePage";
import { NotFound } from "./frame/NotFound";
import { RouteError } from "./frame/RouteError";
import { Shell } from "./frame/Shell";
import { traceQuery } from "./trace/query";

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** `narrow`: the rail starts as icons (detail pages). */
    rail?: "narrow";
    /** `none`: the page stands alone (sign-in). */
    frame?: "none";
  }
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: (search): Search => search as Search,
});

const home = createRoute({ getParentRoute: () => root, path: "/", component: Home });

const overview = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/overview",
  component: latePage(() => import("./pages/overview")),
});

const traces = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/traces",
  component: latePage(() => import("./pages/traces")),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/trace/$traceId",
  staticData: { rail: "narrow" },
  // on its way while the page's code is; the page shows what came, or what went wrong
  loader: ({ params }) => void queries.prefetchQuery(traceQuery(params.project, params.traceId)),
  component: latePage(() => import("./pages/trace")),
});

const session = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/sessions/$sessionId",
  staticData: { rail: "narrow" },
  component: latePage(() => import("./pages/session")),
});

const users = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/users",
  component: latePage(() => import("./pages/users")),
});

const user = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/users/$userId",
  component: latePage(() => import("./pages/users/user")),
});

const monitor = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/monitor",
  component: latePage(() => import("./pages/monitor")),
});

const usage = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/usage",
  component: latePage(() => import("./pages/usage")),
});

const usageOfAll = createRoute({
  getParentRoute: () => root,
  path: "/usage",
  component: latePage(() => import("./pages/usage")),
});

const dashboard = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/monitor/$dashboardId",
  component: latePage(() => import("./pages/monitor/dashboards/dashboard")),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/alerts",
  component: latePage(() => import("./pages/alerts")),
});

const newAlert = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/alerts/new",
  component: latePage(() => import("./pages/alerts/new")),
});

const alert = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/alerts/$alertId",
  component: latePage(() => import("./pages/alerts/alert")),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/compare",
  staticData: { rail: "narrow" },
  component: latePage(() => import("./pages/compare")),
});

const evaluators = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/evaluators",
  component: latePage(() => import("./pages/evaluators")),
});

const newEvaluator = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/evaluators/new",
  component: latePage(() => import("./pages/evaluators/new")),
});

const evaluator = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/evaluators/$evaluatorId",
  component: latePage(() => import("./pages/evaluators/evaluator")),
});

const newRule = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/rules/new",
  component: latePage(() => import("./pages/evaluators/newRule")),
});

const rule = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/rules/$ruleId",
  component: latePage(() => import("./pages/evaluators/rule")),
});

const datasets = createRoute({
  getParentRoute: () => root,
  path: "/datasets",
  component: latePage(() => import("./pages/datasets")),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: "/datasets/$datasetId",
  component: latePage(() => import("./pages/datasets/dataset")),
});

const experiments = createRoute({
  getParentRoute: () => root,
  path: "/experiments",
  component: latePage(() => import("./pages/experiments")),
});

const runExperiment = createRoute({
  getParentRoute: () => root,
  path: "/experiments/run",
  component: latePage(() => import("./pages/experiments/run")),
});

/** Several ids joined by commas are compared; the first is the baseline. */
const experiment = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentIds",
  component: latePage(() => import("./pages/experiments/experiment")),
});

const queues = createRoute({
  getParentRoute: () => root,
  path: "/annotation",
  component: latePage(() => import("./pages/annotation")),
});

const queue = createRoute({
  getParentRoute: () => root,
  path: "/annotation/$queueId",
  staticData: { rail: "narrow" },
  component: latePage(() => import("./pages/annotation/queue")),
});

const prompts = createRoute({
  getParentRoute: () => root,
  path: "/prompts",
  component: latePage(() => import("./pages/prompts")),
});

const prompt = createRoute({
  getParentRoute: () => root,
  path: "/prompts/$name",
  component: latePage(() => import("./pages/prompts/prompt")),
});

const releases = createRoute({
  getParentRoute: () => root,
  path: "/releases",
  component: latePage(() => import("./pages/releases")),
});

const release = createRoute({
  getParentRoute: () => root,
  path: "/releases/$name",
  component: latePage(() => import("./pages/releases/release")),
});

const gateway = createRoute({
  getParentRoute: () => root,
  path: "/gateway",
  component: latePage(() => import("./pages/gateway")),
});

const projects = createRoute({
  getParentRoute: () => root,
  path: "/projects",
  component: latePage(() => import("./pages/projects")),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: latePage(() => import("./pages/settings")),
});

/** The rest of the path names the section: `_splat` among the params. */
const settingsSection = createRoute({
  getParentRoute: () => root,
  path: "/settings/$",
  component: latePage(() => import("./pages/settings")),
});

const onboarding = createRoute({
  getParentRoute: () => root,
  path: "/onboarding",
  component: latePage(() => import("./pages/onboarding")),
});

const signin = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  staticData: { frame: "none" },
  component: latePage(() => import("./pages/signin")),
});

/** What somebody shared, for whoever has the link. */
const shared = createRoute({
  getParentRoute: () => root,
  path: "/shared/$token",
  staticData: { frame: "none" },
  component: latePage(() => import("./pages/shared")),
});

const routeTree = root.addChildren([
  home,
  overview,
  traces,
  trace,
  session,
  users,
  user,
  monitor,
  dashboard,
  usage,
  usageOfAll,
  alerts,
  newAlert,
  alert,
  compare,
  evaluators,
  newEvaluator,
  evaluator,
  newRule,
  rule,
  datasets,
  dataset,
  experiments,
  runExperiment,
  experiment,
  queues,
  queue,
  prompts,
  prompt,
  releases,
  release,
  gateway,
  projects,
  settings,
  settingsSection,
  onboarding,
  signin,
  shared,
]);

export const router = createRouter({
  routeTree,
  basepath: new URL(document.baseURI).pathname,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingMs: 0,
  defaultPendingMinMs: 0,
  defaultPendingComponent: () => null,
  defaultErrorComponent: RouteError,
  scrollRestoration: false,
});
