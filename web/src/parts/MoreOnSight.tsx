import { useEffect, useRef } from "react";
import { Button } from "./Button";
import classes from "./parts.module.css";

interface Props {
  loading: boolean;
  onMore: () => void;
}

/** The end of a list that goes on: asks for more once it is nearly seen; a button for all others. */
export function MoreOnSight({ loading, onMore }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = place;
    if (!current || loading) return;
    const seen = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && onMore(),
      { rootMargin: "400px" },
    );
    seen.observe(current);
    return () => seen.disconnect();
  }, [loading, onMore]);
  return (
    <div ref={place} className={classes.more}>
      <Button onClick={onMore} disabled={loading}>
        Show more
      </Button>
    </div>
  );
}
