import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowLeft, Menu as MenuIcon } from "lucide-react";
import { Fragment, type ReactNode, useEffect, useRef } from "react";
import { Button } from "../parts/Button";
import { keepPlace, keptPlace } from "../place";
import { Brand } from "./Brand";
import classes from "./frame.module.css";
import { useProject, useRailDrawer } from "./project";

export interface Crumb {
  label: string;
  link?: LinkProps;
}

interface Props {
  /** What stands after the project; the last is the page itself. */
  crumbs: readonly Crumb[];
  /** Without the project in front (projects, settings of the server). */
  global?: boolean;
  /** The right end of the top bar. */
  actions?: ReactNode;
  /** On the phone: an arrow back to this place instead of the menu. */
  back?: LinkProps;
  /** The body does its own scrolling. */
  fill?: boolean;
  children: ReactNode;
}

/** A page in the frame: the top bar, and the body beneath it. */
export function Page({ crumbs, global, actions, back, fill, children }: Props) {
  const project = useProject();
  const drawer = useRailDrawer();
  const title = crumbs.at(-1)?.label ?? "Pilothouse";

  useEffect(() => {
    document.title = [title, global ? null : project, "Pilothouse"].filter(Boolean).join(" · ");
  }, [title, project, global]);

  const body = useRef<HTMLElement>(null);
  useEffect(() => (fill ? undefined : backTo(body.current, keptPlace()?.top ?? 0)), [fill]);

  return (
    <>
      <header className={classes.top}>
        <div className={classes.phoneLead}>
          {back ? (
            <Link {...back} className={classes.phoneIcon} aria-label="Back">
              <ArrowLeft size={20} strokeWidth={1.75} aria-hidden />
            </Link>
          ) : (
            <>
              <Button
                look="quiet"
                className={classes.phoneIcon}
                onClick={drawer.open}
                aria-label="Menu"
              >
                <MenuIcon size={20} strokeWidth={1.75} aria-hidden />
              </Button>
              <Brand size={22} />
            </>
          )}
        </div>
        <nav className={classes.crumbs} aria-label="Breadcrumb">
          {!global && project && (
            <>
              <Link to="/p/$project/overview" params={{ project }} className={classes.crumb}>
                {project}
              </Link>
              <span className={classes.slash}>/</span>
            </>
          )}
          {crumbs.map((crumb, i) => (
            <Fragment key={crumb.label}>
              {i > 0 && <span className={classes.slash}>/</span>}
              {i === crumbs.length - 1 ? (
                <h1 className={`${classes.here} ellipsis`} title={crumb.label}>
                  {crumb.label}
                </h1>
              ) : crumb.link ? (
                <Link {...crumb.link} className={classes.crumb}>
                  {crumb.label}
                </Link>
              ) : (
                <span className={classes.crumb}>{crumb.label}</span>
              )}
            </Fragment>
          ))}
        </nav>
        <div className={classes.actions}>{actions}</div>
      </header>
      <main
        ref={body}
        className={classes.body}
        data-fill={fill || undefined}
        id="main"
        tabIndex={-1}
        onScroll={(event) =>
          event.target === body.current && keepPlace({ top: body.current.scrollTop })
        }
      >
        {children}
      </main>
    </>
  );
}

const PATIENCE_MS = 20_000; // rows may come from far away

/** Scrolls there as soon as there is that much; whoever scrolls meanwhile wins. */
function backTo(body: HTMLElement | null, top: number): (() => void) | undefined {
  if (!body || top === 0) return;
  const began = performance.now();
  let frame = requestAnimationFrame(function again() {
    if (body.scrollHeight - body.clientHeight >= top) body.scrollTop = top;
    else if (body.scrollTop === 0 && performance.now() - began < PATIENCE_MS)
      frame = requestAnimationFrame(again);
  });
  const stop = () => cancelAnimationFrame(frame);
  body.addEventListener("wheel", stop, { once: true, passive: true });
  return stop;
}
