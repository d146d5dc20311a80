import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import type { ReactNode } from "react";
import { count, percent } from "../../format";
import { EmptyState, ErrorLine, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import classes from "./annotation.module.css";
import { ratingText } from "./answers";
import { InputText } from "./ItemTexts";
import {
  agreementQuery,
  type Disagreement,
  disagreementsQuery,
  type KeyAgreement,
  progressQuery,
  type Queue,
} from "./queries";
import { usePreviews } from "./usePreviews";
import { useRowKeys } from "./useRowKeys";

const MOST = 200;

/** Who has done how much, how far they agree on each question, and where they do not. */
export function Agreement({ queue }: { queue: Queue }) {
  const progress = useQuery(progressQuery(queue.id));
  const agreement = useQuery(agreementQuery(queue.id));
  const disagreements = useQuery(disagreementsQuery(queue.id));
  const reviewers = progress.data?.reviewers ?? [];
  if (progress.data && reviewers.length === 0) {
    return (
      <EmptyState icon={Scale} title="Nobody has reviewed anything yet">
        Once two people have reviewed the same items, this page says how far they agree. The queue
        asks for {count(queue.reviewers_per_item)} of each item
        {queue.reviewers_per_item === 1 && ": raise that in its settings"}.
      </EmptyState>
    );
  }
  return (
    <div className={classes.scroll}>
      <Section title="Reviewers" error={progress.error} retry={progress.refetch}>
        {!progress.data ? (
          <Skeleton height={64} />
        ) : (
          <table className={`${table.table} ${classes.table}`}>
            <thead>
              <tr>
                <th scope="col">Reviewer</th>
                <th scope="col" className={table.number}>
                  Done
                </th>
                <th scope="col" className={table.number}>
                  Skipped
                </th>
                <th scope="col" className={table.number}>
                  Open
                </th>
              </tr>
            </thead>
            <tbody>
              {reviewers.map((one) => (
                <tr key={one.reviewer}>
                  <td title={one.reviewer}>{one.reviewer}</td>
                  <td className={table.number}>{count(one.done)}</td>
                  <td className={table.number}>{count(one.skipped)}</td>
                  <td className={table.number}>{count(one.reserved)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Section>
      <Section title="Agreement" error={agreement.error} retry={agreement.refetch}>
        {!agreement.data ? <Skeleton height={64} /> : <Figures items={agreement.data.items} />}
      </Section>
      <Section title="Disagreements" error={disagreements.error} retry={disagreements.refetch}>
        {!disagreements.data ? (
          <Skeleton height={64} />
        ) : disagreements.data.items.length === 0 ? (
          <p className={classes.text}>No item has been answered differently.</p>
        ) : (
          <Disagreements queue={queue} items={disagreements.data.items} />
        )}
      </Section>
    </div>
  );
}

interface SectionProps {
  title: string;
  error: unknown;
  retry: () => unknown;
  children: ReactNode;
}

function Section({ title, error, retry, children }: SectionProps) {
  return (
    <section className={classes.wideSection} aria-label={title}>
      <h2 className={classes.sectionTitle}>{title}</h2>
      {error ? <ErrorLine error={error} onRetry={() => void retry()} /> : children}
    </section>
  );
}

function Figures({ items }: { items: readonly KeyAgreement[] }) {
  const rated = items.filter((one) => one.ratings > 0);
  if (rated.length === 0) return <p className={classes.text}>No question has been answered yet.</p>;
  return (
    <>
      <div className={classes.sideways}>
        <table className={`${table.table} ${classes.table} ${classes.figures}`}>
          <thead>
            <tr>
              <th scope="col">Question</th>
              <th scope="col" className={table.number} title="Items that two or more have reviewed">
                Items
              </th>
              <th
                scope="col"
                className={table.number}
                title="Share of the pairs of answers to one item that are the same"
              >
                Same
              </th>
              <th scope="col" className={table.number} title="Two reviewers, beyond chance">
                Cohen’s κ
              </th>
              <th
                scope="col"
                className={table.number}
                title="Any number of reviewers, beyond chance"
              >
                Fleiss’ κ
              </th>
              <th
                scope="col"
                className={table.number}
                title="Any number of reviewers, with gaps, by how far answers are apart"
              >
                Krippendorff’s α
              </th>
            </tr>
          </thead>
          <tbody>
            {rated.map((one) => (
              <FigureRows key={one.key} of={one} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={classes.below}>
        1 is full agreement, 0 is what chance would give. “–”: nothing to compare, or the same
        answer everywhere.
      </p>
    </>
  );
}

function FigureRows({ of }: { of: KeyAgreement }) {
  const pairs = of.reviewers > 2 ? of.pairs : [];
  return (
    <>
      <tr>
        <td title={of.key}>
          {of.key}
          <span className={classes.rowNote}>{of.level}</span>
        </td>
        <td className={table.number}>{count(of.items)}</td>
        <td className={table.number}>{percent(of.same, 0)}</td>
        <td className={table.number}>{figure(of.cohen_kappa)}</td>
        <td className={table.number}>{figure(of.fleiss_kappa)}</td>
        <td className={table.number}>{figure(of.krippendorff_alpha)}</td>
      </tr>
      {pairs.map((pair) => (
        <tr key={pair.reviewers.join(" ")} className={classes.subRow}>
          <td>{pair.reviewers.join(" and ")}</td>
          <td className={table.number}>{count(pair.items)}</td>
          <td className={table.number}>{percent(pair.same, 0)}</td>
          <td className={table.number}>{figure(pair.cohen_kappa)}</td>
          <td className={table.number} />
          <td className={table.number} />
        </tr>
      ))}
    </>
  );
}

function figure(value: number | null): string {
  return value === null ? "–" : value.toFixed(2).replace("-", "−");
}

function Disagreements({ queue, items }: { queue: Queue; items: readonly Disagreement[] }) {
  const body = useRowKeys("Disagreements");
  const shown = items.slice(0, MOST);
  const previews = usePreviews(queue.id, [...new Set(shown.map((one) => one.item_id))]);
  return (
    <>
      <table className={`${table.table} ${classes.table}`}>
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col">Question</th>
            <th scope="col" className={table.wide}>
              Answers
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {shown.map((one) => {
            const preview = previews.get(one.item_id);
            return (
              <tr key={`${one.item_id} ${one.key}`} className={table.row}>
                <td>
                  <Link
                    to="/annotation/$queueId"
                    params={{ queueId: queue.id }}
                    search={{ item: one.item_id }}
                    className={table.rowLink}
                  >
                    <span className="hidden-text">Look again at </span>
                    {preview?.run ? (
                      <InputText preview={preview} />
                    ) : (
                      <code>{one.item_id.slice(0, 8)}</code>
                    )}
                  </Link>
                </td>
                <td title={one.key}>{one.key}</td>
                <td>
                  {Object.entries(one.ratings).map(([reviewer, rating]) => (
                    <span key={reviewer} className={classes.rating}>
                      {reviewer} <b>{ratingText(rating)}</b>
                    </span>
                  ))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {items.length > MOST && (
        <p className={classes.below}>
          The {MOST} furthest apart of {count(items.length)}.
        </p>
      )}
    </>
  );
}
