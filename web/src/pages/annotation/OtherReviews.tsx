import { ago, exactTime } from "../../format";
import { answerText } from "./answers";
import classes from "./answers.module.css";
import type { Answer, Review } from "./queries";

/** What others said of an item, shown to whoever has said their part. */
export function OtherReviews({ reviews }: { reviews: readonly Review[] }) {
  if (reviews.length === 0) return null;
  return (
    <section className={classes.others} aria-label="Other reviews">
      <h3>Other reviews</h3>
      {reviews.map((review) => (
        <div key={review.reviewer} className={classes.other}>
          <p>
            <b>{review.reviewer}</b>
            <span title={exactTime(review.updated_at)}>{ago(review.updated_at)}</span>
          </p>
          <dl>
            {Object.entries(review.answers as Record<string, Answer>).map(([key, answer]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>
                  {answerText(answer)}
                  {answer.comment && <span dir="auto"> “{answer.comment}”</span>}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </section>
  );
}
