import { Link, type LinkProps } from "@tanstack/react-router";
import type { MetricBucket, MetricsAnswer } from "../../../api/types";
import charts from "../../../charts/charts.module.css";
import type { Unit } from "../../../charts/ticks";
import { inWords } from "../../../charts/values";
import { count } from "../../../format";
import classes from "./dashboards.module.css";
import { bucketName, bucketsOf } from "./panelData";

interface Props {
  title: string;
  answer: MetricsAnswer;
  measure: string;
  unit: Unit;
  height: number;
  /** To the rows of a bucket. */
  linkOf: (bucket: MetricBucket) => LinkProps;
}

const AXIS = 20; // pixels of the labels below
const LABELS = 6;

/** How many values lie in each bucket; each bar leads to its rows. */
export function Buckets({ title, answer, measure, unit, height, linkOf }: Props) {
  const buckets = bucketsOf(answer, measure);
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const every = Math.ceil(buckets.length / LABELS);
  if (buckets.length === 0) return <p className={charts.blank}>Nothing known in this time.</p>;
  return (
    <ol className={classes.buckets} style={{ height }} aria-label={`${title} by size`}>
      {buckets.map((bucket, n) => {
        const name = bucketName(bucket, unit);
        return (
          <li key={bucket.from} className={classes.bucket}>
            <Link
              {...linkOf(bucket)}
              className={classes.bucketLink}
              aria-label={`${name}: ${count(bucket.count)}`}
              title={`${name}: ${count(bucket.count)}`}
            >
              <span
                className={classes.bucketBar}
                style={{ height: heightOf(bucket.count / most, height) }}
              />
            </Link>
            <span className={classes.bucketLabel} aria-hidden>
              {n % every === 0 ? inWords(bucket.from, unit) : ""}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** Of a bar in pixels: the smallest is still seen, and nothing is nothing. */
function heightOf(share: number, height: number): number {
  return share === 0 ? 0 : Math.max(2, share * (height - AXIS - 4));
}
