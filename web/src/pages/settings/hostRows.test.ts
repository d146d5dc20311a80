import { expect, test } from "vitest";
import type { Host } from "../../api/types";
import { busiest, courseOf, fullest, hostName, memoryOf, processRows } from "./hostRows";

const silent: Host = {
  name: "",
  seen_at: "2026-11-22T12:00:00Z",
  cpu: null,
  memory: null,
  memory_bytes: null,
  filesystems: [],
  gpus: [],
  processes: [],
  points: [],
};

test("what a host does not say is unknown", () => {
  expect([hostName(silent), fullest(silent), busiest(silent), memoryOf(silent)]).toEqual([
    "unnamed host",
    "–",
    "–",
    "–",
  ]);
});

test("of several disks and GPUs the worst is told", () => {
  const disk = { used_bytes: null, free_bytes: null };
  const gpu = { name: "L4", memory_share: null, memory_bytes: 6, memory_limit_bytes: 24 };
  const host: Host = {
    ...silent,
    filesystems: [
      { ...disk, mountpoint: "/", share: 0.2 },
      { ...disk, mountpoint: "/data", share: 0.62 },
    ],
    gpus: [
      { ...gpu, id: "0", share: 0.1 },
      { ...gpu, id: "1", share: 0.4 },
    ],
  };

  expect(fullest(host)).toBe("62 % of /data");
  expect(busiest(host)).toBe("40 %, memory 25 %");
});

test("a course covers the day and has gaps where nothing came", () => {
  const at = Date.parse("2026-11-22T12:00:00Z");
  const unknown = { memory: null, disk: null, gpu: null };
  const points = [
    { ...unknown, time: "2026-11-22T11:40:00Z", cpu: 0.25 },
    { ...unknown, time: "2026-11-22T12:00:00Z", cpu: 0.5 },
  ];

  const course = courseOf({ ...silent, points }, 600, at + 60_000);

  expect(course).toHaveLength(144);
  expect(course.slice(-4)).toEqual([null, 0.25, null, 0.5]);
});

test("processes stand with their host and service", () => {
  const process = { project: "desk", service: "", pid: "7", share: 0.5, memory_bytes: 1e9 };

  expect(processRows([{ ...silent, name: "vm", processes: [process] }])).toEqual([
    {
      key: "vm desk  7",
      service: "desk",
      host: "vm",
      pid: "7",
      share: "50 %",
      memory: "1.0 GB",
    },
  ]);
});
