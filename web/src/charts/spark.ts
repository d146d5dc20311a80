/** The path of a sparkline: a word-sized line without axes. */

/** SVG path data over `width` × `height`, from the baseline zero; gaps break the line. */
export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number,
): string {
  const max = Math.max(0, ...values.map((value) => value ?? 0));
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = "";
  let pen: "M" | "L" = "M";
  values.forEach((value, n) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = max === 0 ? height : height - (value / max) * height;
    path += `${pen}${round(n * step)} ${round(y)}`;
    pen = "L";
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
