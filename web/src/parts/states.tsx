import type { LucideIcon } from "lucide-react";
import { CircleAlert, RotateCw } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { Button } from "./Button";
import classes from "./parts.module.css";

interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** What would be here, and how to get it there. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes.state}>
      {Icon && <Icon size={20} strokeWidth={1.75} aria-hidden className={classes.stateIcon} />}
      <h2 className={classes.stateTitle}>{title}</h2>
      {children && <div className={classes.stateText}>{children}</div>}
      {action && <div className={classes.stateAction}>{action}</div>}
    </div>
  );
}

/** The server's sentence, its code, and another try, within the panel which failed. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = sentenceOf(error);
  const code = error instanceof ApiError ? error.code : null;
  return (
    <div className={classes.state} role="alert">
      <CircleAlert size={20} strokeWidth={1.75} aria-hidden className={classes.stateErrorIcon} />
      <h2 className={classes.stateTitle}>{message}</h2>
      {code && <code className={classes.stateCode}>{code}</code>}
      {onRetry && (
        <div className={classes.stateAction}>
          <Button icon={RotateCw} onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** The same on one line, where a panel is low. */
export function ErrorLine({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = sentenceOf(error);
  return (
    <div className={classes.errorLine} role="alert">
      <CircleAlert size={14} strokeWidth={1.75} aria-hidden />
      <span className="ellipsis" title={message}>
        {message}
      </span>
      {onRetry && (
        <Button small look="quiet" icon={RotateCw} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** What went wrong, beginning like a sentence. */
function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.charAt(0).toUpperCase() + message.slice(1);
}

interface SkeletonProps {
  width?: number | string;
  height?: number | string;
}

/** A bar of the final size, drawn only when waiting takes longer than 200 ms. */
export function Skeleton({ width = "100%", height = 12 }: SkeletonProps) {
  const shown = useLate();
  return (
    <span
      className={classes.skeleton}
      data-shown={shown || undefined}
      style={{ width, height }}
      aria-hidden
    />
  );
}

/** True once `ms` have gone by since the first draw. */
export function useLate(ms = 200): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return late;
}
