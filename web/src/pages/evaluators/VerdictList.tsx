import { useInfiniteQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { oneOf, useAddress } from "../../address";
import { ago, exactTime } from "../../format";
import { Button } from "../../parts/Button";
import { Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import { WaitingRows } from "../../parts/WaitingRows";
import type { OfEvaluator } from "./EvaluatorHead";
import { Filters } from "./Filters";
import { verdictsQuery } from "./queries";
import { VerdictRow } from "./VerdictRow";
import verdicts from "./verdicts.module.css";

const STATUSES = ["all", "ok", "error"] as const;
const NAMES = { all: "All", ok: "Scored", error: "Failed" };

/** What an evaluator said last, each with its prompt and raw answer. */
export function VerdictList({ project, evaluator }: OfEvaluator) {
  const [search, change] = useAddress();
  const status = oneOf(search.status, STATUSES);
  const stored = useInfiniteQuery(
    verdictsQuery(evaluator.id, project, status === "all" ? "" : status),
  );
  return (
    <>
      <Filters
        label="Status"
        values={STATUSES}
        names={NAMES}
        chosen={status}
        onChoose={(next) => change({ status: next === "all" ? undefined : next })}
      />
      <Listed
        list={stored}
        waiting={<WaitingRows rows={6} head={0} />}
        empty={
          <EmptyState
            icon={Gauge}
            title={status === "error" ? "Nothing failed" : "It has not scored anything yet"}
            action={
              status === "all" && (
                <Button onClick={() => change({ view: "rules" })}>Say where it runs</Button>
              )
            }
          >
            {status === "all" &&
              "A rule scores what arrives; a back-fill of it scores what is there."}
          </EmptyState>
        }
      >
        {(rows) => (
          <ul className={verdicts.list} data-stored aria-label="Verdicts">
            {rows.map((one) => (
              <VerdictRow
                key={one.id}
                project={project}
                verdict={one}
                lead={<span title={exactTime(one.created_at)}>{ago(one.created_at)}</span>}
                facts={one.evaluator_version && <span>version {one.evaluator_version}</span>}
              />
            ))}
          </ul>
        )}
      </Listed>
    </>
  );
}
