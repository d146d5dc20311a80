/** Where the pages of evaluators and of rules stand. */

export function allEvaluators(project: string) {
  return { to: "/p/$project/evaluators", params: { project } } as const;
}

export function allRules(project: string) {
  return { ...allEvaluators(project), search: { view: "rules" } } as const;
}

/** The way to one rule, by its name. */
export function crumbsOfRule(project: string, name: string) {
  return [
    { label: "Evaluators", link: allEvaluators(project) },
    { label: "Rules", link: allRules(project) },
    { label: name },
  ];
}
