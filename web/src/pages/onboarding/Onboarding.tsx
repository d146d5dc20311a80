import { useRef } from "react";
import { oneOf, useAddress } from "../../address";
import { useServer } from "../../api/server";
import { LiveLine } from "./LiveLine";
import { Notes } from "./Notes";
import classes from "./onboarding.module.css";
import { StepView } from "./StepView";
import { type Setup, setupsFor } from "./snippets";

/** The set-up of each library, and the line that says when the first trace is there. */
export function Onboarding({ project }: { project: string }) {
  const server = useServer();
  const [search, change] = useAddress();
  const setups = setupsFor({ address: server.address, project, keyNeeded: server.keyNeeded });
  const keys = setups.map((setup) => setup.key) as [string, ...string[]];
  const chosen = oneOf(search.library, keys);
  const setup = setups.find((one) => one.key === chosen) as Setup;

  return (
    <div className={classes.page}>
      <h2 className={classes.title}>Send your first trace</h2>
      <p className={classes.lead}>
        Two steps, about a minute.{server.onThisMachine && " Nothing leaves this machine."}
      </p>
      <Tabs
        setups={setups}
        chosen={chosen}
        onChoose={(key) => change({ library: key === keys[0] ? undefined : key })}
      />
      <div role="tabpanel" id="setup" aria-labelledby={`tab-${chosen}`}>
        {setup.steps.map((step, n) => (
          <StepView key={`${chosen}${step.title}`} number={n + 1} step={step} />
        ))}
      </div>
      <LiveLine project={project} server={server} />
      <Notes project={project} server={server} />
    </div>
  );
}

interface TabsProps {
  setups: readonly Setup[];
  chosen: string;
  onChoose: (key: string) => void;
}

function Tabs({ setups, chosen, onChoose }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);

  function move(by: number) {
    const at = setups.findIndex((setup) => setup.key === chosen);
    const next = setups[(at + by + setups.length) % setups.length] as Setup;
    onChoose(next.key);
    list.current?.querySelector<HTMLElement>(`#tab-${next.key}`)?.focus();
  }

  return (
    <div ref={list} className={classes.tabs} role="tablist" aria-label="Library">
      {setups.map((setup) => (
        <button
          key={setup.key}
          type="button"
          role="tab"
          id={`tab-${setup.key}`}
          className={classes.tab}
          aria-selected={setup.key === chosen}
          aria-controls="setup"
          tabIndex={setup.key === chosen ? 0 : -1}
          onClick={() => onChoose(setup.key)}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight") move(1);
            if (event.key === "ArrowLeft") move(-1);
          }}
        >
          {setup.label}
        </button>
      ))}
    </div>
  );
}
