/** Prices as the API has them: US dollars for a million tokens of a type; "request" for one call. */

export const PRICE_TYPES = [
  { key: "input", label: "Input", main: true },
  { key: "cached", label: "Read from cache", main: true },
  { key: "cache_write", label: "Written to cache", main: true },
  { key: "output", label: "Output", main: true },
  { key: "cache_write_1h", label: "Written for an hour", main: false },
  { key: "reasoning", label: "Reasoning", main: false },
  { key: "input_audio", label: "Audio in", main: false },
  { key: "output_audio", label: "Audio out", main: false },
  { key: "input_image", label: "Images in", main: false },
  { key: "output_image", label: "Images out", main: false },
  { key: "request", label: "Per call", main: false },
] as const;

export type PriceType = (typeof PRICE_TYPES)[number]["key"];
export type Prices = Partial<Record<PriceType, number>>;

export interface PriceEntry {
  id: number;
  /** null for all projects. */
  project: string | null;
  model: string;
  provider: string | null;
  valid_from: string | null;
  prices: Prices;
  tiers: { above_input_tokens: number; prices: Prices }[];
  note: string;
}

/** An amount with the digits it has: "$2.50", "$0.075", "$15.00". */
export function amount(value: number | undefined): string {
  if (value === undefined) return "–";
  const digits = (value.toString().split(".")[1] ?? "").length;
  return `$${value.toFixed(Math.min(6, Math.max(2, digits)))}`;
}

/** What was typed as prices, or the first field that is no amount. */
export function readPrices(
  typed: Partial<Record<PriceType, string>>,
): { prices: Prices } | { wrong: PriceType } {
  const prices: Prices = {};
  for (const { key } of PRICE_TYPES) {
    const text = typed[key]?.trim().replace(/^\$/, "") ?? "";
    if (text === "") continue;
    const value = dollars(text);
    if (value === null) return { wrong: key };
    prices[key] = value;
  }
  return { prices };
}

const MOST = 1_000_000;

/**
 * An amount from 0 to a million; a comma is a decimal point too, unless it may part thousands:
 * of "1,250" nobody knows whether it is meant a thousand times larger.
 */
function dollars(text: string): number | null {
  if (/^[1-9]\d{0,2},\d{3}$/.test(text)) return null;
  if (!/^(\d+([.,]\d*)?|[.,]\d+)(e-?\d+)?$/i.test(text)) return null;
  const value = Number(text.replace(",", "."));
  return value <= MOST ? value : null;
}

export function typedPrices(prices: Prices): Partial<Record<PriceType, string>> {
  return Object.fromEntries(Object.entries(prices).map(([key, value]) => [key, String(value)]));
}
