import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { channelsQuery } from "../../api/alerts";
import field from "../../parts/field.module.css";
import { ErrorLine, Skeleton } from "../../parts/states";
import { Tick } from "../../parts/Tick";
import editor from "../evaluators/form.module.css";

interface Props {
  chosen: readonly string[];
  wrong: string | null;
  onChange: (channels: string[]) => void;
}

/** Who is told. */
export function ChannelTicks({ chosen, wrong, onChange }: Props) {
  const { data, error, refetch } = useQuery(channelsQuery());
  return (
    <fieldset className={editor.group}>
      <legend className={field.label}>Tell on</legend>
      {error ? (
        <ErrorLine error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={20} width={160} />
      ) : (
        data.map((one) => (
          <Tick
            key={one.id}
            label={one.name}
            help={one.hint}
            checked={chosen.includes(one.id)}
            onChange={(on) =>
              onChange(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))
            }
          />
        ))
      )}
      <p className={field.below} data-error={wrong !== null || undefined}>
        {wrong ?? (
          <>
            {chosen.length === 0 && "Nobody is told; it stands on this page alone. "}
            <Link to="/settings/$" params={{ _splat: "alerts" }}>
              Channels
            </Link>{" "}
            are made in the settings.
          </>
        )}
      </p>
    </fieldset>
  );
}
