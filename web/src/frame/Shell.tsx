import { Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet, useMatches, useRouter } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useKeys } from "../keys";
import classes from "./frame.module.css";
import { KeyList } from "./KeyList";
import { NoProject } from "./NoProject";
import { Palette } from "./Palette";
import { openPalette } from "./palette-store";
import { RailDrawerContext } from "./project";
import { Rail } from "./Rail";
import { useMissingProject } from "./useMissingProject";

/** The frame of every page but sign-in: the rail, the palette, the list of keys. */
export function Shell() {
  const bare = useMatches().some((match) => match.staticData.frame === "none");
  return bare ? <Outlet /> : <Framed />;
}

function Framed() {
  const [narrow, toggle] = useNarrowRail();
  const [drawer, { open, close }] = useDisclosure(false);
  const router = useRouter();
  const missing = useMissingProject();
  const context = useMemo(() => ({ open }), [open]);

  useEffect(() => router.subscribe("onBeforeNavigate", close), [router, close]);
  useKeys("Everywhere", [
    { key: "mod+k", what: "Go to a page, a trace, a user", run: openPalette, everywhere: true },
    { key: "[", what: "Fold or unfold the rail", run: toggle },
  ]);

  return (
    <RailDrawerContext value={context}>
      <div className={classes.frame}>
        <button type="button" className={classes.skip} onClick={skipToMain}>
          Skip to the content
        </button>
        <aside className={classes.railSlot} data-narrow={narrow || undefined} aria-label="Rail">
          <Rail narrow={narrow} />
          <div
            className={classes.railEdge}
            aria-hidden
            onClick={toggle}
            title={narrow ? "Unfold the rail  [" : "Fold the rail  ["}
          />
        </aside>
        <div className={classes.content}>
          {missing === null ? <Outlet /> : <NoProject name={missing} />}
        </div>
      </div>
      <Drawer.Root opened={drawer} onClose={close} size={264}>
        <Drawer.Overlay />
        <Drawer.Content aria-label="Menu" className={classes.drawer}>
          <Drawer.Body className={classes.drawerBody}>
            <Rail narrow={false} />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <Palette toggleRail={toggle} />
      <KeyList />
    </RailDrawerContext>
  );
}

function skipToMain() {
  document.getElementById("main")?.focus();
}

/** Whether the rail shows icons only; detail pages and the others remember it apart. */
function useNarrowRail(): [boolean, () => void] {
  const detail = useMatches().some((match) => match.staticData.rail === "narrow");
  const place = detail ? "pilothouse-rail-detail" : "pilothouse-rail";
  const [kept, setKept] = useState<Record<string, string>>({});
  const value = kept[place] ?? read(place) ?? (detail ? "narrow" : "wide");
  const narrow = value === "narrow";

  function toggle() {
    const next = narrow ? "wide" : "narrow";
    setKept({ ...kept, [place]: next });
    try {
      localStorage.setItem(place, next);
    } catch {
      // private windows may refuse: the choice then holds until the page is left
    }
  }
  return [narrow, toggle];
}

function read(place: string): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}
