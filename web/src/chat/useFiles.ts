/** Files that are to go with the next message: sent to the server as soon as they are chosen. */
import { useRef, useState } from "react";
import { ask, query, sentence } from "./api";
import { type About, page } from "./page";
import type { Attachment } from "./types";
import { bytes } from "./words";

export function useFiles(thread: string, about: About | null) {
  const [files, setFiles] = useState<Attachment[]>([]);
  const [problem, setProblem] = useState("");
  const [reading, setReading] = useState(0);
  const begun = useRef(0);

  async function add(chosen: Iterable<File>) {
    setProblem("");
    const round = begun.current;
    for (const file of chosen) {
      if (about && file.size > about.max_bytes) {
        setProblem(`${file.name} has ${bytes(file.size)}; at most ${bytes(about.max_bytes)} fit.`);
        continue;
      }
      setReading((count) => count + 1);
      try {
        const path = `threads/${encodeURIComponent(thread)}/files`;
        const told = await ask<Attachment>(
          `${path}?${query({ mount: page.mount, name: file.name })}`,
          {
            method: "POST",
            body: file,
            headers: { "content-type": file.type || "application/octet-stream" },
          },
        );
        if (round === begun.current) setFiles((known) => [...known, told]);
      } catch (error) {
        setProblem(`${file.name}: ${sentence(error)}`);
      } finally {
        setReading((count) => count - 1);
      }
    }
  }

  function clear() {
    begun.current += 1;
    setFiles([]);
    setProblem("");
  }

  const remove = (id: string) => setFiles((known) => known.filter((file) => file.id !== id));
  return { files, problem, reading: reading > 0, add, remove, clear };
}
