import { Menu } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import { BellPlus, Image, type LucideIcon } from "lucide-react";
import { savePicture } from "./dashboards/picture";

interface Props {
  icon: LucideIcon;
  words: string;
  run: () => unknown;
}

/** An entry in the menu of a chart or a panel. */
export function ChartEntry({ icon: Icon, words, run }: Props) {
  return (
    <Menu.Item
      leftSection={<Icon size={14} strokeWidth={1.75} aria-hidden />}
      onClick={() => void run()}
    >
      {words}
    </Menu.Item>
  );
}

/** The way to a new alert on what a chart measures. */
export function AlertEntry(link: LinkProps) {
  return (
    <Menu.Item
      leftSection={<BellPlus size={14} strokeWidth={1.75} aria-hidden />}
      renderRoot={(item) => <Link {...link} {...item} />}
    >
      Alert on this
    </Menu.Item>
  );
}

/** Keeps what a selector finds as a picture. */
export function PictureEntry({ selector, name }: { selector: string; name: string }) {
  return (
    <ChartEntry icon={Image} words="Download as PNG" run={() => savePicture(selector, name)} />
  );
}
