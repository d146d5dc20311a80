/** What a host says of itself, in words. */

import type { Host } from "../../api/types";
import { bytes, percent } from "../../format";

const DAY = 86_400_000;

type Maybe = number | null | undefined;

export interface ProcessRow {
  key: string;
  service: string;
  host: string;
  pid: string;
  share: string;
  memory: string;
}

export function hostName(host: Host): string {
  return host.name || "unnamed host";
}

/** `62 % of /data`: the fullest of its disks. */
export function fullest({ filesystems }: Host): string {
  const known = filesystems.filter((one) => one.share !== null);
  const worst = known.toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
  return worst ? `${percent(worst.share, 0)} of ${worst.mountpoint || "disk"}` : percent(null);
}

/** `40 %, memory 25 %`; of several GPUs the busiest. */
export function busiest({ gpus }: Host): string {
  const worst = gpus.toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
  if (!worst) return percent(null);
  const memory = worst.memory_share ?? shareOf(worst.memory_bytes, worst.memory_limit_bytes);
  return `${percent(worst.share, 0)}, memory ${percent(memory, 0)}`;
}

function shareOf(used: Maybe, most: Maybe): number | null {
  return used != null && most ? used / most : null;
}

/** `17 %, 4.4 GB` */
export function memoryOf({ memory, memory_bytes: used }: Host): string {
  if (memory === null && used === null) return percent(null);
  return `${percent(memory, 0)}, ${bytes(used)}`;
}

/** How busy its processor was over a day, one value an interval; null where nothing came. */
export function courseOf({ points }: Host, intervalS: number, now: number): (number | null)[] {
  const step = intervalS * 1000;
  const last = Math.floor(now / step);
  const known = new Map(points.map(({ time, cpu }) => [Date.parse(time) / step, cpu]));
  const count = Math.round(DAY / step);
  return Array.from({ length: count }, (_, n) => known.get(last - count + 1 + n) ?? null);
}

/** Every process that told of itself, host by host. */
export function processRows(hosts: readonly Host[]): ProcessRow[] {
  return hosts.flatMap((host) =>
    host.processes.map((one) => ({
      key: `${host.name} ${one.project} ${one.service} ${one.pid}`,
      service: one.service || one.project,
      host: hostName(host),
      pid: one.pid,
      share: percent(one.share, 0),
      memory: bytes(one.memory_bytes),
    })),
  );
}
