/** Where the pages of alerts stand. */

export function allAlerts(project: string) {
  return { to: "/p/$project/alerts", params: { project } } as const;
}

export function oneAlert(project: string, alertId: string) {
  return { to: "/p/$project/alerts/$alertId", params: { project, alertId } } as const;
}

/** The way to one rule, by its name. */
export function crumbsOfAlert(project: string, name: string) {
  return [{ label: "Alerts", link: allAlerts(project) }, { label: name }];
}
