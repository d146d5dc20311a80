/** Browsers that know `light-dark()`: without this Vite rewrites it into variables nobody sets. */
export const cssTarget = ["chrome123", "firefox120", "safari17.5"];
