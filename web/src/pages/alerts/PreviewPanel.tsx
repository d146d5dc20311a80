import type { Preview, Tried } from "../../api/alerts";
import { count, duration, exactTime, plural, time } from "../../format";
import { Skeleton } from "../../parts/states";
import editor from "../evaluators/form.module.css";
import { AlertChart } from "./AlertChart";
import classes from "./alerts.module.css";
import { spellsOf } from "./chart";
import { fieldOf } from "./draft";
import episodes from "./episodes.module.css";
import { readingText, unitOf, windowName } from "./measures";
import { LevelMark } from "./StandingMark";

const SHOWN = 12;
const DAY_MS = 86_400_000;

interface Props {
  days: number;
  tried: Tried | undefined;
  /** It is of what stood in the form before. */
  isOld: boolean;
  /** Why nothing can be tried yet. */
  problem: string | null;
  error: Error | null;
  onRetry: () => void;
}

/** What the rule would have done in the last days. */
export function PreviewPanel(props: Props) {
  const { days, tried, problem, error, isOld, onRetry } = props;
  return (
    <section className={editor.test} aria-labelledby="preview-title">
      <div className={editor.testHead}>
        <h2 id="preview-title">The last {days} days</h2>
        <p role="status" aria-busy={isOld || undefined}>
          {problem ? (
            problem
          ) : error ? (
            fieldOf(error) ? (
              "It cannot be tried as it stands."
            ) : (
              error.message
            )
          ) : tried ? (
            <Sum preview={tried.preview} days={days} />
          ) : (
            <Skeleton width="60%" />
          )}
        </p>
      </div>
      {tried && <Episodes tried={tried} error={error} onRetry={onRetry} />}
    </section>
  );
}

function Sum({ preview, days }: { preview: Preview; days: number }) {
  const { episode_count, notifications, groups, evaluations } = preview;
  // Where the whole time would last too long to try, the server tries less of it.
  const isShorter = Date.parse(preview.to) - Date.parse(preview.from) < (days - 1) * DAY_MS;
  if (evaluations === 0) return "Nothing was recorded in this time that it could have looked at.";
  return (
    <>
      <b>{plural(episode_count, "episode")}</b>, {plural(notifications, "message")} a channel, in{" "}
      {count(evaluations)} looks
      {groups > 1 && ` at ${groups} groups`}
      {isShorter && `, only since ${time(preview.from, false)}: more would take too long`}.
    </>
  );
}

function Episodes({ tried, error, onRetry }: Pick<Props, "error" | "onRetry"> & { tried: Tried }) {
  const { preview } = tried;
  const { condition, measure, scope } = tried.asked;
  const unit = unitOf(measure);
  return (
    <>
      <AlertChart
        scope={scope}
        measure={measure}
        condition={condition}
        preview={preview}
        spells={spellsOf(preview)}
        error={error}
        onRetry={onRetry}
      >
        <p className={classes.under}>
          One look each {windowName(preview.step)}; at work it looks each minute. Episodes are
          shaded.
        </p>
      </AlertChart>
      <ol className={episodes.episodes} aria-label="Episodes">
        {preview.episodes.slice(0, SHOWN).map((one) => (
          <li key={`${one.opened_at}${one.group}`} className={episodes.episode}>
            <LevelMark standing={one.level} />
            <span title={exactTime(one.opened_at)}>{time(one.opened_at, false)}</span>
            <span>
              {one.ended_at
                ? `lasted ${duration(Date.parse(one.ended_at) - Date.parse(one.opened_at))}`
                : "not over yet"}
            </span>
            {one.group !== null && (
              <b className="ellipsis" title={one.group} dir="auto">
                {one.group}
              </b>
            )}
            {condition.kind !== "absence" && (
              <span className={episodes.peak}>
                worst <b>{readingText(condition, { value: one.value, figure: null }, unit)}</b>
              </span>
            )}
          </li>
        ))}
      </ol>
      {preview.episode_count > SHOWN && (
        <p className={classes.under}>and {plural(preview.episode_count - SHOWN, "earlier one")}</p>
      )}
    </>
  );
}
