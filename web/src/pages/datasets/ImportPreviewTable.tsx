import type { ImportPreview } from "../../api/evaluation";
import { count, plural } from "../../format";
import { keyOf } from "../../keyOf";
import { ScrollBox } from "../../parts/ScrollBox";
import classes from "./datasets.module.css";
import own from "./import.module.css";
import { oneLine } from "./values";

/** The first rows as the dataset would keep them, and those that it would refuse. */
export function ImportPreviewTable({ preview, busy }: { preview: ImportPreview; busy: boolean }) {
  return (
    <section aria-label="Preview" aria-busy={busy}>
      <h3 className={classes.sectionTitle}>
        {plural(preview.row_count, "row")}
        {preview.row_count > preview.rows.length &&
          preview.rows.length > 0 &&
          `, the first ${count(preview.rows.length)} of them`}
      </h3>
      {preview.broken_count > 0 && (
        <div className={classes.problem} role="alert">
          {plural(preview.broken_count, "row breaks", "rows break")} the dataset's schema; nothing
          can be imported until {preview.broken_count === 1 ? "it fits" : "they fit"}.
          <ul>
            {preview.violations.slice(0, 5).map((one) => (
              <li key={`${one.position} ${one.path} ${one.message}`}>
                Row {count(one.position + 1)}, <code>{one.path}</code>: {one.message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {preview.rows.length > 0 && (
        <ScrollBox className={own.preview} role="group" label="First rows">
          <table>
            <thead>
              <tr>
                <th scope="col">Inputs</th>
                <th scope="col">Outputs</th>
                <th scope="col">Metadata</th>
                <th scope="col">Splits</th>
              </tr>
            </thead>
            <tbody>
              {preview.rows.map((row) => (
                <tr key={keyOf(row)}>
                  <td>{oneLine(row.inputs)}</td>
                  <td>{oneLine(row.outputs)}</td>
                  <td>{oneLine(row.metadata)}</td>
                  <td>{(row.splits ?? ["base"]).join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}
