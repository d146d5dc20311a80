import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Search } from "../../address";
import type { FilterLanguage } from "../../api/types";
import { FilterBar, type FilterProblem } from "../../filter/FilterBar";
import { facetQuery } from "./queries";
import type { Question } from "./state";

interface Props {
  bar: string;
  question: Question;
  language: FilterLanguage | undefined;
  problem: FilterProblem | null;
  inputRef: React.RefObject<HTMLInputElement | null>;
  onAddress: (patch: Search, how?: "choosing" | "typing") => void;
}

/** The filter bar of the address, which offers the values that the project has. */
export function FilterField({ bar, question, language, problem, inputRef, onAddress }: Props) {
  const [asked, setAsked] = useState<string | null>(null);
  const { data: top } = useQuery({
    ...facetQuery({ ...question, filter: "" }, asked ?? "", 50),
    enabled:
      asked !== null && (language?.fields.find((one) => one.name === asked)?.facets ?? false),
  });
  return (
    <FilterBar
      text={bar}
      language={language}
      values={asked !== null && top?.field === asked ? top.values : []}
      onField={setAsked}
      problem={problem}
      inputRef={inputRef}
      onChange={(text, how) => onAddress({ filter: text.trim() ? text : undefined }, how)}
    />
  );
}
