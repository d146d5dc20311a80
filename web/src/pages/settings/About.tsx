import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useServer } from "../../api/server";
import { bytes, plural } from "../../format";
import { Skeleton } from "../../parts/states";
import classes from "./settings.module.css";

/** Version, addresses and health of this server. */
export function About() {
  const { about, address } = useServer();
  if (!about) return <Skeleton height={160} />;
  return (
    <dl className={classes.facts}>
      <Fact label="Health">
        <Health />
      </Fact>
      <Fact label="Version">{about.version}</Fact>
      <Fact label="Address">
        <code>{address}</code>
      </Fact>
      <Fact label="OTLP over HTTP">
        <code>{address}/v1/traces</code>
      </Fact>
      <Fact label="OTLP over gRPC">
        {about.otlp_grpc_port ? <code>port {about.otlp_grpc_port}</code> : "off"}
      </Fact>
      <Fact label="Asks for a key">
        {about.key_needed ? "yes" : "no: only this machine reaches it"}
      </Fact>
      <Fact label="Spans are kept in">
        {about.store === "chdb" ? "chDB, the ClickHouse engine within this process" : "ClickHouse"}
      </Fact>
      <Fact label="Records are kept in">
        {about.database === "sqlite" ? "SQLite" : "PostgreSQL"}
      </Fact>
      <Fact label="An answer survives">
        {about.durability === "fsync" ? "a power cut" : "a killed process"}
      </Fact>
      <Fact label="Kept for">
        {about.retention_days === 0
          ? "ever, where a project does not say otherwise"
          : `${plural(about.retention_days, "day")}, where a project does not say otherwise`}
      </Fact>
      <Fact label="Largest request">{bytes(about.max_request_bytes)}</Fact>
      <Fact label="API">
        <a href={`${address}/openapi.json`}>OpenAPI</a>
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whether both stores answer, asked anew every ten seconds. */
function Health() {
  const { data, isPending } = useQuery({
    queryKey: ["readyz"],
    queryFn: async ({ signal }) => {
      const response = await fetch(new URL("readyz", document.baseURI), { signal });
      return response.ok;
    },
    refetchInterval: 10_000,
    retry: false,
  });
  if (isPending) return <Skeleton width={80} />;
  return data ? (
    <span className={classes.well}>
      <CircleCheck size={14} strokeWidth={1.75} aria-hidden /> Ready
    </span>
  ) : (
    <span className={classes.error}>
      <CircleAlert size={14} strokeWidth={1.75} aria-hidden /> Not ready: a store does not answer
    </span>
  );
}
