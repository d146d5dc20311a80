/// <reference types="vite/client" />

/** What tests read of Node; its whole types are not worth a dependency. */
declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
}
