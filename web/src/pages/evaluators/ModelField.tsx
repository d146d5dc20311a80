import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { providersQuery } from "../../api/providers";
import { Field } from "../../parts/Field";

interface Props {
  label?: string;
  model: string;
  /** What else is wrong with it. */
  problem?: string;
  onChange: (model: string) => void;
}

/** A model as "provider/model": offered from the providers, or any other that one of them has. */
export function ModelField({ label = "Model that judges", model, problem, onChange }: Props) {
  const list = useId();
  const { data: providers, error } = useQuery(providersQuery());
  const known = providers?.flatMap((one) => one.models.map((name) => `${one.name}/${name}`)) ?? [];
  const provider = model.split("/", 1)[0] ?? "";
  const unknown =
    providers !== undefined &&
    model.includes("/") &&
    !providers.some((one) => one.name === provider);
  return (
    <>
      <Field
        label={label}
        value={model}
        onChange={onChange}
        list={list}
        placeholder="choose one, or type provider/model"
        autoComplete="off"
        spellCheck={false}
        mono
        error={
          error
            ? `The providers could not be read: ${error.message}`
            : unknown
              ? `No provider is called “${provider}”.`
              : problem
        }
        help={
          providers?.length === 0 ? (
            <>
              No model can be called yet.{" "}
              <Link to="/settings/$" params={{ _splat: "models" }}>
                Add a provider
              </Link>{" "}
              first.
            </>
          ) : (
            "provider/model, from the models in the settings."
          )
        }
      />
      <datalist id={list}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
