import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { cssTarget } from "./targets.ts";

/** What we read of Node here; its whole types are not worth a dependency. */
declare const process: { env: Record<string, string | undefined> };

const initial = ["$initial" as const];

/**
 * What several pages share, in a few pieces: left alone each small part is a file of its own, and
 * a page asks for forty of them, six at a time, before its code can run.
 */
const chunks = [
  { name: "vendor", test: /[\\/]node_modules[\\/]/, tags: initial, priority: 3 },
  { name: "frame", tags: initial, priority: 2 },
  {
    name: "parts",
    test: /[\\/](src[\\/](parts|api|filter|format\.ts)|lucide-react|@mantine|@tanstack)/,
    minShareCount: 2,
    priority: 1,
  },
  { name: "conversation", test: /[\\/]src[\\/]trace[\\/]/, minShareCount: 2 },
  { name: "charts", test: /[\\/](src[\\/]charts|uplot)[\\/]/, minShareCount: 2 },
];

/** Names the files of the trace page in the index: they need not wait for the app to start. */
function traceFiles(): Plugin {
  return {
    name: "trace-files",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const needed = (names: string[], files = new Set<string>()) => {
          for (const name of names) {
            const chunk = bundle[name];
            if (chunk?.type !== "chunk" || files.has(name)) continue;
            files.add(name);
            for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
            needed(chunk.imports, files);
          }
          return files;
        };
        const page = chunks.filter((one) => one.facadeModuleId?.endsWith("/pages/trace/index.tsx"));
        const atStart = needed(chunks.filter((one) => one.isEntry).map((one) => one.fileName));
        const files = [...needed(page.map((one) => one.fileName))]
          .filter((name) => !atStart.has(name))
          .map((name) => `./${name}`);
        return html.replace('["the files of the page"]', JSON.stringify(files));
      },
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [react(), traceFiles()],
  build: {
    outDir: process.env.PILOTHOUSE_UI_OUT ?? "../src/pilothouse/platform/web/static",
    emptyOutDir: true,
    cssTarget,
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: chunks } } },
  },
  server: {
    proxy: { "/api": { target: process.env.PILOTHOUSE_API ?? "http://127.0.0.1:8484" } },
  },
});
