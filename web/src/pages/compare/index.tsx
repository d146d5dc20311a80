import { useNavigate, useParams } from "@tanstack/react-router";
import { ArrowLeftRight, GitCompare } from "lucide-react";
import { useMemo } from "react";
import { oneOf, useAddress } from "../../address";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../../parts/states";
import { align, type Pair } from "../../trace/align";
import { usePayloads, useTrace } from "../../trace/useTrace";
import { CompareHead } from "./CompareHead";
import { CompareRows } from "./CompareRows";
import classes from "./compare.module.css";
import { DiffPanel } from "./DiffPanel";
import { FILTERS, type Filter, keepPair, samePayload } from "./pairs";

/** Two traces side by side: which steps differ, and by how much. */
export default function ComparePage() {
  const { project } = useParams({ strict: false }) as { project: string };
  const [address, setAddress] = useAddress();
  const navigate = useNavigate();
  const { a: idA, b: idB } = address;
  // traces of two experiments lie in projects of their own: `pb` names that of the second
  const projectB = address.pb || project;
  const swap = () =>
    projectB === project
      ? setAddress({ a: idB, b: idA, step: undefined })
      : void navigate({
          to: "/p/$project/compare",
          params: { project: projectB },
          search: { ...address, a: idB, b: idA, pb: project, step: undefined },
        });
  const ready = idA && idB;
  const actions = (
    <>
      <Button icon={ArrowLeftRight} disabled={!ready} onClick={swap} title="Swap A and B  s">
        Swap
      </Button>
      <ShareButton />
    </>
  );
  useKeys("Compare", [
    {
      key: "s",
      what: "Swap A and B",
      run: () => void (ready && swap()),
    },
    {
      key: "Escape",
      what: "Back to the traces",
      run: () => void navigate({ to: "/p/$project/traces", params: { project } }),
    },
  ]);
  return (
    <Page
      fill
      crumbs={[
        { label: "Traces", link: { to: "/p/$project/traces", params: { project } } },
        { label: "Compare" },
      ]}
      back={{ to: "/p/$project/traces", params: { project } }}
      actions={actions}
    >
      {ready ? (
        <Compared key={`${idA} ${idB}`} project={project} projectB={projectB} idA={idA} idB={idB} />
      ) : (
        <EmptyState icon={GitCompare} title="Two traces are needed">
          Tick two traces in the list and press Compare, or open one and choose “Compare with…” from
          its menu.
        </EmptyState>
      )}
    </Page>
  );
}

interface ComparedProps {
  project: string;
  projectB: string;
  idA: string;
  idB: string;
}

function Compared({ project, projectB, idA, idB }: ComparedProps) {
  const [address, setAddress] = useAddress();
  const a = useTrace(project, idA);
  const b = useTrace(projectB, idB);
  const [storeA, payloadsA] = usePayloads(project, idA, a.tree);
  const [storeB, payloadsB] = usePayloads(projectB, idB, b.tree);
  const rows = useMemo<Pair[]>(
    () => (a.tree && b.tree ? align(a.tree, b.tree) : []),
    [a.tree, b.tree],
  );
  const pairs = useMemo(
    () => rows.map((pair) => samePayload(pair, payloadsA.spans, payloadsB.spans)),
    [rows, payloadsA, payloadsB],
  );
  const filter: Filter = oneOf(address.show, FILTERS);
  const shown = useMemo(() => pairs.filter((pair) => keepPair(pair, filter)), [pairs, filter]);
  const at = shown.findIndex((pair) => pairId(pair) === address.step);
  const chosen = shown[at] ?? null;
  const move = (by: number) => {
    const next = shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + by))];
    if (next) setAddress({ step: pairId(next) }, "typing");
  };
  useKeys("Steps", [
    { key: "j", what: "Next step", run: () => move(1) },
    { key: "k", what: "Step before", run: () => move(-1) },
    { key: "ArrowDown", what: "Next step", run: () => move(1), silent: true },
    { key: "ArrowUp", what: "Step before", run: () => move(-1), silent: true },
  ]);

  const error = a.query.error ?? b.query.error;
  if (error && (!a.trace || !b.trace)) {
    return (
      <ErrorState
        error={error}
        onRetry={() => void Promise.all([a.query.refetch(), b.query.refetch()])}
      />
    );
  }
  if (!a.trace || !b.trace) return <Loading />;
  const shape = chosen ?? pairs.find((pair) => pair.a?.depth === 0 && pair.b?.depth === 0) ?? null;
  return (
    <>
      <CompareHead
        project={project}
        projectB={projectB}
        a={a.trace}
        b={b.trace}
        pairs={pairs}
        filter={filter}
        setFilter={(show) =>
          setAddress({ show: show === "all" ? undefined : show, step: undefined })
        }
      />
      <div className={classes.body}>
        <CompareRows
          pairs={shown}
          chosen={shape}
          choose={(pair) => setAddress({ step: pairId(pair) })}
        />
        {shape && (
          <DiffPanel
            project={project}
            projectB={projectB}
            pair={shape}
            chosen={chosen !== null}
            close={() => setAddress({ step: undefined })}
            payloadsA={payloadsA}
            payloadsB={payloadsB}
            storeA={storeA}
            storeB={storeB}
          />
        )}
      </div>
    </>
  );
}

function pairId(pair: Pair): string {
  return `${pair.a?.span.span_id ?? ""}~${pair.b?.span.span_id ?? ""}`;
}

function Loading() {
  return (
    <div className={classes.loading} aria-busy="true">
      <span className="hidden-text">Loading both traces</span>
      {[1, 2, 3, 4, 5, 6].map((row) => (
        <Skeleton key={row} width={`${90 - row * 8}%`} height={14} />
      ))}
    </div>
  );
}
