import type { Project } from "../../api/types";

export interface ProjectStorage {
  /** null for a project that is being deleted. */
  project: string | null;
  rows: Record<string, number>;
  bytes: number;
  bytes_per_day: number | null;
}

export interface StorageAnswer {
  bytes: number;
  bytes_per_day: number | null;
  disk_free_bytes: number | null;
  disk_total_bytes: number | null;
  tables: { table: string; rows: number; bytes: number }[];
  projects: ProjectStorage[];
}

export interface KeptProject extends Project {
  /** Whether its days are the server's own. */
  retention_inherited?: boolean;
}
