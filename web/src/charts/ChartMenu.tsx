import { Menu } from "@mantine/core";
import { Ellipsis } from "lucide-react";
import { Button } from "../parts/Button";
import { save } from "../save";
import { csvOf, jsonOf } from "./exported";
import type { ChartData } from "./series";

/** What a chart draws, as a file. */
export function ChartMenu({ title, data }: { title: string; data: ChartData }) {
  const name = title.toLowerCase().replace(/\W+/g, "-");
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <Button look="quiet" small icon={Ellipsis} aria-label={`More of ${title}`} title="More" />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save(`${name}.csv`, csvOf(data), "text/csv")}>
          Download as CSV
        </Menu.Item>
        <Menu.Item onClick={() => save(`${name}.json`, jsonOf(data), "application/json")}>
          Download as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
