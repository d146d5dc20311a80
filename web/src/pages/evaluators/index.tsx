import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Gauge, ListFilter, Plus } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { Counted, Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import { panelOf, Tabs } from "../../parts/Tabs";
import { WaitingRows } from "../../parts/WaitingRows";
import { EvaluatorTable } from "./EvaluatorTable";
import classes from "./evaluators.module.css";
import { evaluatorsQuery, rulesQuery } from "./queries";
import { RuleTable } from "./RuleTable";

const VIEWS = ["evaluators", "rules"] as const;
const NAMES = { evaluators: "Evaluators", rules: "Rules" };

/** What checks the project's answers, and where each of it runs by itself. */
export default function EvaluatorsPage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const [search, change] = useAddress();
  const navigate = useNavigate();
  const view = oneOf(search.view, VIEWS);
  const make = () =>
    view === "rules"
      ? void navigate({ to: "/p/$project/rules/new", params: { project } })
      : void navigate({ to: "/p/$project/evaluators/new", params: { project } });
  const what = view === "rules" ? "New rule" : "New evaluator";
  useKeys("Evaluators", [
    { key: "n", what, run: make },
    { key: "e", what: "Evaluators", run: () => change({ view: undefined }) },
    { key: "r", what: "Rules", run: () => change({ view: "rules" }) },
  ]);
  return (
    <Page
      crumbs={[{ label: "Evaluators" }]}
      actions={
        <>
          <Button icon={Plus} onClick={make} title={`${what}  n`}>
            {what}
          </Button>
          <ShareButton />
        </>
      }
    >
      <Tabs
        label="Evaluators"
        tabs={VIEWS}
        names={NAMES}
        chosen={view}
        onChoose={(next) => change({ view: next === "evaluators" ? undefined : next })}
      />
      <div {...panelOf(view)}>
        {view === "rules" ? (
          <Rules project={project} onMake={make} />
        ) : (
          <Evaluators project={project} onMake={make} />
        )}
      </div>
    </Page>
  );
}

interface Props {
  project: string;
  onMake: () => void;
}

function Evaluators({ project, onMake }: Props) {
  const evaluators = useInfiniteQuery(evaluatorsQuery(project));
  return (
    <Listed
      list={evaluators}
      waiting={<WaitingRows rows={4} />}
      empty={
        <EmptyState
          icon={Gauge}
          title="There is no evaluator yet"
          action={
            <Button look="primary" icon={Plus} onClick={onMake}>
              New evaluator
            </Button>
          }
        >
          An evaluator gives a score to an answer: a model that judges it, a metric of the
          catalogue, or code of yours. Try it on recorded spans first; a rule then runs it on
          whatever arrives.
        </EmptyState>
      }
    >
      {(rows) => (
        <>
          <p className={classes.counted}>
            <Counted list={evaluators} what="evaluator" />
          </p>
          <EvaluatorTable project={project} evaluators={rows} />
        </>
      )}
    </Listed>
  );
}

function Rules({ project, onMake }: Props) {
  const rules = useInfiniteQuery(rulesQuery(project));
  return (
    <Listed
      list={rules}
      waiting={<WaitingRows rows={4} />}
      empty={
        <EmptyState
          icon={ListFilter}
          title="No evaluator runs by itself yet"
          action={
            <Button look="primary" icon={Plus} onClick={onMake}>
              New rule
            </Button>
          }
        >
          A rule says which spans, traces or sessions an evaluator scores as they arrive, how many
          of them, and what it may cost.
        </EmptyState>
      }
    >
      {(rows) => (
        <>
          <p className={classes.counted}>
            <Counted list={rules} what="rule" />
          </p>
          <RuleTable project={project} rules={rows} />
        </>
      )}
    </Listed>
  );
}
