import { Menu } from "@mantine/core";
import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../parts/Button";
import { save } from "../save";
import { csvOf, jsonOf } from "./exported";
import type { ChartData } from "./series";

interface Props {
  title: string;
  /** What it draws, which can be kept as a file. */
  data?: ChartData;
  more?: ReactNode;
}

/** What can be done with a chart: kept as a file, and what its page offers. */
export function ChartMenu({ title, data, more }: Props) {
  const name = title.toLowerCase().replace(/\W+/g, "-");
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <Button look="quiet" small icon={Ellipsis} aria-label={`More of ${title}`} title="More" />
      </Menu.Target>
      <Menu.Dropdown>
        {more}
        {data && more && <Menu.Divider />}
        {data && (
          <>
            <Menu.Item onClick={() => save(`${name}.csv`, csvOf(data), "text/csv")}>
              Download as CSV
            </Menu.Item>
            <Menu.Item onClick={() => save(`${name}.json`, jsonOf(data), "application/json")}>
              Download as JSON
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
