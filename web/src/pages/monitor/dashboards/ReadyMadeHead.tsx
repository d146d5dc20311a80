import { Copy, Image } from "lucide-react";
import { Button } from "../../../parts/Button";
import { Problem } from "../../../parts/Problem";
import type { BoardChart } from "../board";
import { BoardHead } from "./BoardHead";
import { savePicture } from "./picture";
import { readyMade } from "./readyMade";
import { useMaking } from "./useMaking";

interface Props {
  project: string;
  /** The names of the scores that the board shows. */
  scores: readonly string[];
  /** Whether it shows a chart. */
  isThere: (chart: BoardChart) => boolean;
}

/** The line above the ready-made board, which cannot be changed but cloned. */
export function ReadyMadeHead({ project, scores, isThere }: Props) {
  const making = useMaking(project);
  return (
    <>
      <BoardHead project={project}>
        <Button
          look="quiet"
          icon={Copy}
          disabled={making.isPending}
          onClick={() => making.mutate(readyMade("My board", scores, isThere))}
        >
          Clone
        </Button>
        <Button
          look="quiet"
          icon={Image}
          aria-label="Download the board as PNG"
          title="Download the board as PNG"
          onClick={() => void savePicture("[data-board]", `${project} ready-made board`)}
        />
      </BoardHead>
      <Problem error={making.error} />
    </>
  );
}
