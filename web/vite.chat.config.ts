import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { cssTarget } from "./targets.ts";

/** What we read of Node here; its whole types are not worth a dependency. */
declare const process: { env: Record<string, string | undefined> };

/** The chat page of `pilothouse serve`: an app of its own, without what the big one needs. */
export default defineConfig({
  base: "./",
  publicDir: "chat-public",
  plugins: [react()],
  build: {
    outDir: process.env.PILOTHOUSE_UI_OUT ?? "../src/pilothouse/serving/page/static",
    emptyOutDir: true,
    cssTarget: [...cssTarget],
    license: { fileName: "licenses.md" },
    rolldownOptions: { input: "chat.html" },
  },
});
