import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** What we read of Node here; its whole types are not worth a dependency. */
declare const process: { env: Record<string, string | undefined> };

/** Browsers that know `light-dark()`: without this Vite rewrites it into variables nobody sets. */
const cssTarget = ["chrome123", "firefox120", "safari17.5"];

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: process.env.PILOTHOUSE_UI_OUT ?? "../src/pilothouse/platform/web/static",
    emptyOutDir: true,
    cssTarget,
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: { "/api": { target: process.env.PILOTHOUSE_API ?? "http://127.0.0.1:8484" } },
  },
});
