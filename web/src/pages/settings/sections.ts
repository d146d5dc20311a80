import {
  Archive,
  BellRing,
  BrainCircuit,
  Coins,
  FolderCog,
  HeartPulse,
  Info,
  KeyRound,
  type LucideIcon,
  ShieldCheck,
  UsersRound,
} from "lucide-react";

export type SectionKey =
  | "prices"
  | "models"
  | "alerts"
  | "keys"
  | "accounts"
  | "masking"
  | "storage"
  | "project"
  | "system"
  | "about";

interface Section {
  key: SectionKey;
  label: string;
  lead: string;
  icon: LucideIcon;
}

export const SECTIONS: readonly [Section, ...Section[]] = [
  {
    key: "prices",
    label: "Prices",
    lead: "What a token costs. Own entries win over the public list; they count for spans that arrive from then on.",
    icon: Coins,
  },
  {
    key: "models",
    label: "Models",
    lead: "Who answers when the server itself asks a model: judges, experiments.",
    icon: BrainCircuit,
  },
  {
    key: "alerts",
    label: "Alerts",
    lead: "Who can be told when something is wrong, and when nobody is.",
    icon: BellRing,
  },
  {
    key: "keys",
    label: "API keys",
    lead: "What programs show to send and to read traces.",
    icon: KeyRound,
  },
  {
    key: "accounts",
    label: "Accounts",
    lead: "Who may sign in with a browser.",
    icon: UsersRound,
  },
  {
    key: "masking",
    label: "Masking",
    lead: "What is taken out of a project's traces before anything of them is written.",
    icon: ShieldCheck,
  },
  {
    key: "storage",
    label: "Storage and retention",
    lead: "What each project takes on the disk, and how long it is kept.",
    icon: Archive,
  },
  {
    key: "project",
    label: "Project",
    lead: "The name of a project, what its rules may take, and its end.",
    icon: FolderCog,
  },
  {
    key: "system",
    label: "System",
    lead: "How this server is doing, now and since it began or six hours ago.",
    icon: HeartPulse,
  },
  { key: "about", label: "About", lead: "This server.", icon: Info },
];
