import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import type { ReactNode } from "react";
import { count, percent, UNKNOWN } from "../../format";
import { ColumnTable } from "../../parts/ColumnTable";
import field from "../../parts/field.module.css";
import { EmptyState, ErrorLine, Skeleton } from "../../parts/states";
import table from "../../parts/table.module.css";
import { useRowKeys } from "../../parts/useRowKeys";
import { ratingText } from "./answers";
import { InputText } from "./ItemTexts";
import {
  agreementQuery,
  type Disagreement,
  disagreementsQuery,
  type ItemPreview,
  type KeyAgreement,
  progressQuery,
  type Queue,
} from "./queries";
import classes from "./queues.module.css";
import { usePreviews } from "./usePreviews";

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
          <ColumnTable
            rows={reviewers}
            keyOf={(one) => one.reviewer}
            columns={[
              { label: "Reviewer", cell: (one) => one.reviewer, title: (one) => one.reviewer },
              { label: "Done", className: table.number, cell: (one) => count(one.done) },
              { label: "Skipped", className: table.number, cell: (one) => count(one.skipped) },
              { label: "Open", className: table.number, cell: (one) => count(one.reserved) },
            ]}
          />
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

const MEASURES = [
  { name: "Items", what: "Items that two or more have reviewed" },
  { name: "Same", what: "Share of the pairs of answers to one item that are the same" },
  { name: "Cohen’s κ", what: "Two reviewers, beyond chance" },
  { name: "Fleiss’ κ", what: "Any number of reviewers, beyond chance" },
  {
    name: "Krippendorff’s α",
    what: "Any number of reviewers, with gaps, by how far answers are apart",
  },
];

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
              {MEASURES.map(({ name, what }) => (
                <th key={name} scope="col" className={table.number} title={what}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rated.map((one) => (
              <FigureRows key={one.key} of={one} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={field.below}>
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
          <span className={table.rowNote}>{of.level}</span>
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
  return value === null ? UNKNOWN : value.toFixed(2).replace("-", "−");
}

function Disagreements({ queue, items }: { queue: Queue; items: readonly Disagreement[] }) {
  const body = useRowKeys("Disagreements");
  const shown = items.slice(0, MOST);
  const previews = usePreviews(queue.id, [...new Set(shown.map((one) => one.item_id))]);
  return (
    <>
      <ColumnTable
        linked
        rows={shown}
        keyOf={(one) => `${one.item_id} ${one.key}`}
        body={body}
        columns={[
          {
            label: "Item",
            cell: (one) => (
              <Link
                to="/annotation/$queueId"
                params={{ queueId: queue.id }}
                search={{ item: one.item_id }}
                className={table.rowLink}
              >
                <span className="hidden-text">Look again at </span>
                <Beginning preview={previews.get(one.item_id)} itemId={one.item_id} />
              </Link>
            ),
          },
          { label: "Question", cell: (one) => one.key, title: (one) => one.key },
          {
            label: "Answers",
            className: table.wide,
            cell: (one) =>
              Object.entries(one.ratings).map(([reviewer, rating]) => (
                <span key={reviewer} className={classes.rating}>
                  {reviewer} <b>{ratingText(rating)}</b>
                </span>
              )),
          },
        ]}
      />
      {items.length > MOST && (
        <p className={field.below}>
          The {MOST} furthest apart of {count(items.length)}.
        </p>
      )}
    </>
  );
}

interface BeginningProps {
  preview: ItemPreview | undefined;
  itemId: string;
}

/** How the input of an item begins, or its id until that is there. */
function Beginning({ preview, itemId }: BeginningProps) {
  return preview?.run ? <InputText preview={preview} /> : <code>{itemId.slice(0, 8)}</code>;
}
