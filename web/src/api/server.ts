/** What the server says of itself. */

import { useQuery } from "@tanstack/react-query";
import { get } from "./client";

interface ServerAnswer {
  version: string;
  url: string;
  otlp_grpc_port: number | null;
  key_needed: boolean;
  on_loopback: boolean;
  store: string;
  database: string;
  durability: string;
  retention_days: number;
  max_request_bytes: number;
}

export interface Server {
  /** Where applications send their traces: the address of this page, without a slash at the end. */
  address: string;
  keyNeeded: boolean;
  onThisMachine: boolean;
  grpcPort: number | null;
  /** Undefined until the server has answered. */
  about: ServerAnswer | undefined;
}

/** This server; until it answers, what the address of the page tells. */
export function useServer(): Server {
  const { data } = useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => get<ServerAnswer>("server", {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const address = document.baseURI.replace(/\/$/, "");
  const local = isLoopback(new URL(document.baseURI).hostname);
  return {
    address,
    keyNeeded: data?.key_needed ?? !local,
    onThisMachine: data?.on_loopback ?? local,
    grpcPort: data?.otlp_grpc_port ?? null,
    about: data,
  };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
