import "@fontsource-variable/inter";
import "./theme/tokens.css";
import "./theme/mantine.css";
import "./theme/base.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { queries } from "./api/queries";
import { serverAnswers } from "./frame/latePage";
import { router } from "./routes";
import { theme, variables } from "./theme/theme";

// A tab older than the server asks for chunks that are gone: load the page anew.
window.addEventListener("vite:preloadError", async () => {
  if (await serverAnswers()) window.location.reload();
});

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
// Read by the style tags of Mantine's dialogs, which know no other way.
Object.assign(globalThis, { __webpack_nonce__: nonce || undefined });

queries.getQueryCache().subscribe((event) => {
  if (event.type !== "updated" || event.action.type !== "error") return;
  const { error } = event.action;
  const here = router.state.location;
  if (error instanceof ApiError && error.status === 401 && !here.pathname.endsWith("/signin"))
    void router.navigate({ to: "/signin", search: { next: here.href }, replace: true });
});

const schemes = localStorageColorSchemeManager({ key: "pilothouse-scheme" });

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      colorSchemeManager={schemes}
      getStyleNonce={nonce ? () => nonce : undefined}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
