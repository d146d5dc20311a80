import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Copy, Download, Ellipsis, FlaskConical, Plus, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { oneOf, useAddress } from "../../address";
import { apiUrl } from "../../api/client";
import { type Dataset, datasetQuery } from "../../api/evaluation";
import { ago, count, exactTime, plural } from "../../format";
import { Page } from "../../frame/Page";
import { ShareButton } from "../../frame/ShareButton";
import { useKeys } from "../../keys";
import { Button } from "../../parts/Button";
import { writeClipboard } from "../../parts/CopyButton";
import { Kbd } from "../../parts/Kbd";
import { ErrorState, Skeleton } from "../../parts/states";
import { DatasetExperiments } from "./DatasetExperiments";
import { DatasetSettings } from "./DatasetSettings";
import { DeleteDataset } from "./DeleteDataset";
import classes from "./datasets.module.css";
import { Examples } from "./Examples";
import { ImportFile } from "./ImportFile";
import { Versions } from "./Versions";

const TABS = ["examples", "versions", "experiments", "settings"] as const;
type Tab = (typeof TABS)[number];
const WORDS: Record<Tab, [string, string]> = {
  examples: ["Examples", "e"],
  versions: ["Versions", "v"],
  experiments: ["Experiments", "r"],
  settings: ["Schema", "s"],
};

/** One dataset: its examples, their versions, the experiments over them, and their schema. */
export default function DatasetPage() {
  const { datasetId } = useParams({ strict: false }) as { datasetId: string };
  const { data, error, refetch } = useQuery(datasetQuery(datasetId));
  const crumbs = [
    { label: "Datasets", link: { to: "/datasets" } as const },
    { label: data?.name ?? "Dataset" },
  ];
  if (data) return <Shown dataset={data} crumbs={crumbs} />;
  return (
    <Page global fill crumbs={crumbs} back={{ to: "/datasets" }}>
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : (
        <div className={classes.head} aria-busy>
          <Skeleton width={240} height={16} />
        </div>
      )}
    </Page>
  );
}

interface ShownProps {
  dataset: Dataset;
  crumbs: React.ComponentProps<typeof Page>["crumbs"];
}

function Shown({ dataset, crumbs }: ShownProps) {
  const [search, change] = useAddress();
  const navigate = useNavigate();
  const tab = oneOf(search.tab, TABS);
  const importing = search.import === "1";
  const [deleting, setDeleting] = useState(false);
  const open = (next: Tab) =>
    change({ tab: next === "examples" ? undefined : next, example: undefined });
  const add = () => change({ tab: undefined, example: "new" });
  const run = () =>
    void navigate({ to: "/experiments/run", search: { dataset: dataset.id } as never });
  useKeys("Dataset", [
    ...TABS.map((one) => ({ key: WORDS[one][1], what: WORDS[one][0], run: () => open(one) })),
    { key: "n", what: "New example", run: add },
    { key: "i", what: "Import a file", run: () => change({ import: "1" }) },
    ...(search.example
      ? []
      : [
          {
            key: "Escape",
            what: "Back to the datasets",
            run: () => void navigate({ to: "/datasets" }),
          },
        ]),
  ]);
  const counts: Partial<Record<Tab, number>> = {
    examples: dataset.example_count,
    versions: dataset.version_count,
    experiments: dataset.experiment_count,
  };

  return (
    <Page
      global
      fill
      crumbs={crumbs}
      back={{ to: "/datasets" }}
      actions={
        <>
          <Button icon={Plus} onClick={add} className={classes.wideOnly}>
            Add example
          </Button>
          <Button
            icon={Upload}
            onClick={() => change({ import: "1" })}
            className={classes.wideOnly}
          >
            Import
          </Button>
          <Button icon={FlaskConical} onClick={run} className={classes.wideOnly}>
            Run an experiment
          </Button>
          <More
            dataset={dataset}
            asOf={search.asof}
            split={search.split}
            onAdd={add}
            onRun={run}
            onImport={() => change({ import: "1" })}
            onDelete={() => setDeleting(true)}
          />
          <ShareButton />
        </>
      }
    >
      <div className={classes.head}>
        <span>
          <b>{count(dataset.example_count)}</b>{" "}
          {dataset.example_count === 1 ? "example" : "examples"}
        </span>
        {dataset.split_count > 1 && <span>{plural(dataset.split_count, "split")}</span>}
        <span>{plural(dataset.experiment_count, "experiment")}</span>
        {dataset.version && (
          <span title={exactTime(dataset.version)}>newest version {ago(dataset.version)}</span>
        )}
        {dataset.created_by && <span>made by {dataset.created_by}</span>}
        {dataset.description && <p className={classes.description}>{dataset.description}</p>}
      </div>
      <div className={classes.tabs} role="tablist" aria-label="Parts of the dataset">
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === tab}
            aria-controls="dataset-panel"
            className={classes.tab}
            onClick={() => open(one)}
          >
            {WORDS[one][0]}
            {counts[one] !== undefined && (
              <span className={classes.tabCount}>{count(counts[one])}</span>
            )}
            <span className={classes.wideOnly}>
              <Kbd>{WORDS[one][1]}</Kbd>
            </span>
          </button>
        ))}
      </div>
      <div
        className={classes.panel}
        data-scroll={tab !== "examples" || undefined}
        role="tabpanel"
        id="dataset-panel"
        aria-labelledby={`tab-${tab}`}
        tabIndex={tab === "examples" ? undefined : 0}
      >
        {tab === "examples" && <Examples dataset={dataset} />}
        {tab === "versions" && <Versions dataset={dataset} />}
        {tab === "experiments" && <DatasetExperiments dataset={dataset} />}
        {tab === "settings" && <DatasetSettings key={dataset.modified_at} dataset={dataset} />}
      </div>
      <ImportFile
        dataset={dataset}
        opened={importing}
        onClose={() => change({ import: undefined })}
      />
      <DeleteDataset
        dataset={dataset}
        opened={deleting}
        onClose={() => setDeleting(false)}
        onGone={() => void navigate({ to: "/datasets" })}
      />
    </Page>
  );
}

interface MoreProps {
  dataset: Dataset;
  asOf: string | undefined;
  split: string | undefined;
  onAdd: () => void;
  onRun: () => void;
  onImport: () => void;
  onDelete: () => void;
}

function More({ dataset, asOf, split, onAdd, onRun, onImport, onDelete }: MoreProps) {
  const exported = (format: string) =>
    apiUrl(`datasets/${encodeURIComponent(dataset.id)}/export`, { format, as_of: asOf, split });
  return (
    <Menu position="bottom-end" offset={4} width={248}>
      <Menu.Target>
        <Button look="quiet" icon={Ellipsis} aria-label="More" title="More" />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Plus size={14} />} onClick={onAdd}>
          Add example
        </Menu.Item>
        <Menu.Item leftSection={<Upload size={14} />} onClick={onImport}>
          Import a file
        </Menu.Item>
        <Menu.Item leftSection={<FlaskConical size={14} />} onClick={onRun}>
          Run an experiment
        </Menu.Item>
        <Menu.Label>
          Export {split ? `the split ${split}` : asOf ? "this version" : "all examples"} as
        </Menu.Label>
        {(
          [
            ["jsonl", "JSON lines"],
            ["csv", "CSV"],
            ["openai_ft", "OpenAI fine-tuning"],
          ] as const
        ).map(([format, words]) => (
          <Menu.Item
            key={format}
            leftSection={<Download size={14} />}
            component="a"
            href={exported(format)}
            download
          >
            {words}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Copy size={14} />} onClick={() => void writeClipboard(dataset.id)}>
          Copy dataset id
        </Menu.Item>
        <Menu.Item leftSection={<Trash2 size={14} />} onClick={onDelete}>
          Delete the dataset…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
