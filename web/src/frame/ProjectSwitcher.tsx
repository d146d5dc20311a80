import { Menu, useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronsUpDown, FolderCog, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { projectsQuery } from "../api/projects";
import { Brand } from "./Brand";
import classes from "./frame.module.css";
import { useProject } from "./project";

const SCHEMES = [
  { value: "auto", label: "As the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

/** The project's name at the top of the rail, and the menu behind it. */
export function ProjectSwitcher({ narrow }: { narrow: boolean }) {
  const project = useProject();
  const navigate = useNavigate();
  const [wanted, setWanted] = useState("");
  const { data } = useQuery(projectsQuery());
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const projects = data?.items ?? [];
  const shown = projects.filter((one) => one.name.toLowerCase().includes(wanted.toLowerCase()));

  return (
    <Menu position="bottom-start" offset={4} width={240} onClose={() => setWanted("")}>
      <Menu.Target>
        <button
          type="button"
          className={classes.switcher}
          aria-label={`Project ${project || "Pilothouse"}`}
        >
          <Brand />
          {!narrow && (
            <>
              <span className={`${classes.switcherName} ellipsis`}>{project || "Pilothouse"}</span>
              <ChevronsUpDown size={13} strokeWidth={1.75} aria-hidden />
            </>
          )}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {projects.length > 8 && (
          <input
            className={classes.menuSearch}
            placeholder="Find a project"
            aria-label="Find a project"
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
            onKeyDown={(event) => event.key !== "ArrowDown" && event.stopPropagation()}
          />
        )}
        <div className={classes.menuList}>
          {shown.slice(0, 100).map((one) => (
            <Menu.Item
              key={one.name}
              onClick={() =>
                navigate({ to: "/p/$project/overview", params: { project: one.name } })
              }
              rightSection={
                one.name === project ? (
                  <Check size={14} strokeWidth={1.75} aria-label="open" />
                ) : null
              }
            >
              <span className={`${classes.menuName} ellipsis`}>{one.name}</span>
            </Menu.Item>
          ))}
        </div>
        {projects.length > 0 && <Menu.Divider />}
        <Menu.Item
          leftSection={<FolderCog size={14} strokeWidth={1.75} aria-hidden />}
          onClick={() => navigate({ to: "/projects" })}
        >
          All projects
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={14} strokeWidth={1.75} aria-hidden />}
            rightSection={
              colorScheme === value ? (
                <Check size={14} strokeWidth={1.75} aria-label="chosen" />
              ) : null
            }
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
