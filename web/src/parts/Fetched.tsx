import type { LinkProps } from "@tanstack/react-router";
import { useNavigate } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { Button } from "./Button";
import { EmptyState, ErrorState, Skeleton } from "./states";
import classes from "./states.module.css";

interface Props<T> {
  answer: { data: T | undefined; error: Error | null; refetch: () => unknown };
  /** Said where there is no such thing. */
  missing: string;
  /** What may have happened to it. */
  why?: string;
  /** The way to all of them, and its word. */
  all: LinkProps;
  word: string;
  children: (data: T) => ReactNode;
}

/** What a page shows of one thing, or what stands in its place: not there, failed, on its way. */
export function Fetched<T>(props: Props<T>) {
  const { answer, missing, why = "It may have been deleted.", all, word, children } = props;
  const navigate = useNavigate();
  const { data, error } = answer;
  if (data) return children(data);
  if (error instanceof ApiError && error.status === 404)
    return (
      <EmptyState
        icon={SearchX}
        title={missing}
        action={<Button onClick={() => void navigate(all)}>{word}</Button>}
      >
        {why}
      </EmptyState>
    );
  if (error) return <ErrorState error={error} onRetry={() => void answer.refetch()} />;
  return <WaitingPage />;
}

/** The page of one thing that is on its way. */
export function WaitingPage() {
  return (
    <div className={classes.waitingPage} aria-busy>
      <Skeleton height={28} width="60%" />
      <Skeleton height={180} />
    </div>
  );
}
