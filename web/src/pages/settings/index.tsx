import { Link, Navigate, useParams } from "@tanstack/react-router";
import { Page } from "../../frame/Page";
import { ScrollBox } from "../../parts/ScrollBox";
import { About } from "./About";
import { Accounts } from "./Accounts";
import { Alerts } from "./Alerts";
import { Keys } from "./Keys";
import { Masking } from "./Masking";
import { Models } from "./Models";
import { Prices } from "./Prices";
import { ProjectSettings } from "./ProjectSettings";
import { Storage } from "./Storage";
import { System } from "./System";
import { SECTIONS, type SectionKey } from "./sections";
import classes from "./settings.module.css";

const BODIES: Record<SectionKey, () => React.ReactNode> = {
  prices: Prices,
  models: Models,
  alerts: Alerts,
  keys: Keys,
  accounts: Accounts,
  masking: Masking,
  storage: Storage,
  project: ProjectSettings,
  system: System,
  about: About,
};

/** On the phone the sections stand in a row that scrolls. */
function intoView(link: HTMLElement | null): void {
  link?.scrollIntoView({ inline: "center", block: "nearest" });
}

/** What of the server and its projects can be changed; the section stands in the address. */
export default function SettingsPage() {
  const { _splat } = useParams({ strict: false }) as { _splat?: string };
  const section = SECTIONS.find((one) => one.key === _splat);
  if (!section) return <Navigate to="/settings/$" params={{ _splat: SECTIONS[0].key }} replace />;
  const Body = BODIES[section.key];
  return (
    <Page
      crumbs={[{ label: "Settings", link: { to: "/settings" } }, { label: section.label }]}
      global
      fill
    >
      <div className={classes.page}>
        <nav className={classes.nav} aria-label="Settings">
          {SECTIONS.map(({ key, label, icon: Icon }) => (
            <Link
              key={key}
              to="/settings/$"
              params={{ _splat: key }}
              className={classes.navItem}
              data-here={key === section.key || undefined}
              aria-current={key === section.key ? "page" : undefined}
              ref={key === section.key ? intoView : undefined}
            >
              <Icon size={15} strokeWidth={1.75} aria-hidden />
              {label}
            </Link>
          ))}
        </nav>
        <ScrollBox className={classes.body} label={section.label}>
          <h2 className={classes.title}>{section.label}</h2>
          <p className={classes.lead}>{section.lead}</p>
          <Body />
        </ScrollBox>
      </div>
    </Page>
  );
}
