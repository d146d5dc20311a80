import { lazyRouteComponent } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { ApiError } from "../api/client";

type Importer = () => Promise<{ default: ComponentType }>;

/** A page whose code comes when it is wanted; with the server gone that is told, not reloaded. */
export function latePage(importer: Importer) {
  return lazyRouteComponent(async () => {
    try {
      return await importer();
    } catch {
      if (!(await serverAnswers()))
        throw new ApiError(0, "unreachable", "The server does not answer. Is it still running?");
      // A tab older than the server asks for code that is gone: the page is loaded anew.
      window.location.reload();
      return new Promise<never>(() => {});
    }
  });
}

/** Whether there is a server to ask at all. */
export async function serverAnswers(): Promise<boolean> {
  try {
    const { ok } = await fetch(new URL("healthz", document.baseURI), { cache: "no-store" });
    return ok;
  } catch {
    return false;
  }
}
