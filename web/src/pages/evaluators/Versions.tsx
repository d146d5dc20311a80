import { useInfiniteQuery } from "@tanstack/react-query";
import { useAddress } from "../../address";
import { Listed } from "../../parts/Listed";
import { EmptyState } from "../../parts/states";
import { VersionButton } from "../../parts/VersionButton";
import { WaitingRows } from "../../parts/WaitingRows";
import { WordDiff } from "../../trace/parts/WordDiff";
import { changesBetween, written } from "./definition";
import classes from "./evaluators.module.css";
import { type Evaluator, type EvaluatorVersion, versionsQuery } from "./queries";

/** The versions of an evaluator, and what the chosen one changed. */
export function Versions({ evaluator }: { evaluator: Evaluator }) {
  const [search, change] = useAddress();
  const versions = useInfiniteQuery(versionsQuery(evaluator.id));
  return (
    <Listed list={versions} waiting={<WaitingRows rows={3} head={0} />} empty={null}>
      {(listed) => {
        const rows = listed.sort((a, b) => b.version - a.version);
        const chosen = rows.find((one) => String(one.version) === search.version) ?? rows[0];
        return (
          <div className={classes.versions}>
            <ol aria-label="Versions">
              {rows.map((one) => (
                <li key={one.version}>
                  <VersionButton
                    version={one.version}
                    createdAt={one.created_at}
                    chosen={one === chosen}
                    onChoose={() => change({ version: String(one.version) })}
                  >
                    {one.created_by && <span className={classes.author}>{one.created_by}</span>}
                  </VersionButton>
                </li>
              ))}
            </ol>
            {chosen && (
              <Changes version={chosen} before={rows.find((one) => one.version < chosen.version)} />
            )}
          </div>
        );
      }}
    </Listed>
  );
}

interface ChangesProps {
  version: EvaluatorVersion;
  before: EvaluatorVersion | undefined;
}

function Changes({ version, before }: ChangesProps) {
  if (!before)
    return (
      <section className={classes.changes} aria-label={`Version ${version.version}`}>
        <h2>Version {version.version}, the first</h2>
        {Object.entries(version.definition).map(([field, value]) => {
          const text = written(value);
          return (
            text && (
              <div key={field}>
                <h3>{field.replaceAll("_", " ")}</h3>
                <pre>{text}</pre>
              </div>
            )
          );
        })}
      </section>
    );
  const changes = changesBetween(before.definition, version.definition);
  return (
    <section className={classes.changes} aria-label={`Version ${version.version}`}>
      <h2>
        Version {version.version} against {before.version}
      </h2>
      {changes.length === 0 && (
        <EmptyState title={`Versions ${before.version} and ${version.version} say the same`} />
      )}
      {changes.map((one) => (
        <div key={one.field}>
          <h3>{one.field.replaceAll("_", " ")}</h3>
          <WordDiff a={one.before} b={one.after} />
        </div>
      ))}
    </section>
  );
}
