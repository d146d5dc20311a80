/** Times and sizes as people read them. */

export function seconds(ms: number): string {
  if (ms < 50) return "<0.1 s";
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${Math.round(size / 1000)} kB`;
  return `${(size / 1_000_000).toFixed(1)} MB`;
}

/** JSON of a few values as words: `48213` alone, `order 48213, year 2026`; else as it is. */
export function briefly(text: string | undefined): string {
  if (!text) return "";
  try {
    const value = JSON.parse(text);
    if (value && typeof value === "object" && !Array.isArray(value)) {
      const given = Object.entries(value);
      const parts = given.map(([name, one]) => {
        if (typeof one === "object") return name;
        return given.length === 1 ? String(one) : `${name} ${one}`;
      });
      return parts.join(", ");
    }
  } catch {
    // a text of its own
  }
  return text;
}
