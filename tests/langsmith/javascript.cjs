// What an application does with LangSmith's JavaScript client; prints what it saw as JSON.
const { Client } = require("langsmith");
const { evaluate, evaluateComparative } = require("langsmith/evaluation");
const { traceable } = require("langsmith/traceable");

const [apiUrl, name] = process.argv.slice(2);
const client = new Client({ apiUrl, apiKey: "none" });

async function all(rows) {
  const found = [];
  for await (const row of rows) found.push(row);
  return found;
}

async function traced() {
  const options = { client, project_name: name, tracingEnabled: true };
  const model = traceable(async (q) => ({ a: `${q}!` }), {
    ...options,
    name: "model",
    run_type: "llm",
    metadata: { ls_model_name: "gpt-4o", usage_metadata: { input_tokens: 3, output_tokens: 2 } },
  });
  await traceable(async (q) => model(q), { ...options, name: "app", tags: ["js"] })("hello");
  await client.awaitPendingTraceBatches();
  const runs = await all(client.listRuns({ projectName: name }));
  const app = runs.find((run) => run.name === "app");
  const whole = await client.readRun(app.id, { loadChildRuns: true });
  await client.createFeedback(app.id, "thumb", { score: 1, comment: "good" });
  const link = await client.shareRun(app.id);
  const told = {
    runs: runs.map((run) => [run.name, run.run_type, run.outputs, run.total_tokens]).sort(),
    children: whole.child_runs.map((run) => run.name),
    feedback: (await all(client.listFeedback({ runIds: [app.id] }))).map((f) => [f.key, f.score]),
    shared: (await client.readRunSharedLink(app.id)) === link,
  };
  await client.unshareRun(app.id);
  const queue = await client.createAnnotationQueue({ name });
  await client.addRunsToAnnotationQueue(queue.id, [app.id]);
  const { size } = await client.getSizeFromAnnotationQueue(queue.id);
  return { ...told, stillShared: (await client.readRunSharedLink(app.id)) ?? null, queued: size };
}

async function evaluated() {
  const dataset = await client.createDataset(name);
  const examples = ["a", "b"].map((q) => ({
    inputs: { q },
    outputs: { a: q === "a" ? "a!" : "b?" },
    dataset_id: dataset.id,
    attachments: { picture: { mimeType: "image/png", data: new Uint8Array([1, 2, 3]) } },
  }));
  await client.createExamples(examples);
  const stored = await all(client.listExamples({ datasetId: dataset.id, includeAttachments: true }));
  const picture = await fetch(stored[0].attachments.picture.presigned_url);
  const right = ({ outputs, referenceOutputs }) => ({
    key: "right",
    score: Number(outputs.a === referenceOutputs.a),
  });
  const experiments = [];
  const runIds = [];
  const scores = [];
  for (const end of ["!", "?"]) {
    const done = await evaluate(async ({ q }) => ({ a: q + end }), {
      client,
      data: name,
      evaluators: [right],
    });
    experiments.push(done.experimentName);
    runIds.push(...done.results.map((row) => row.run.id));
    const found = done.results.map((row) => [row.run.inputs.q, row.evaluationResults.results[0].score]);
    scores.push(found.sort());
  }
  const prefer = ({ runs }) => ({
    key: "preferred",
    scores: Object.fromEntries(runs.map((run, i) => [run.id, i])),
  });
  await evaluateComparative(experiments, { client, evaluators: [prefer] });
  const preferred = await all(client.listFeedback({ runIds, feedbackKeys: ["preferred"] }));
  const projects = await all(client.listProjects({ referenceDatasetId: dataset.id }));
  const known = projects.map((project) => project.name).sort();
  return {
    scores,
    picture: [...new Uint8Array(await picture.arrayBuffer())],
    preferred: preferred.map((feedback) => feedback.score).sort(),
    listed: JSON.stringify(known) === JSON.stringify([...experiments].sort()),
  };
}

async function prompted() {
  const id = ["langchain", "prompts", "prompt", "PromptTemplate"];
  const kwargs = { template: "Say {word}", input_variables: ["word"] };
  const manifest = { lc: 1, type: "constructor", id, kwargs };
  await client.pushPrompt(name, { object: manifest, description: "from JavaScript" });
  const pulled = await client.pullPromptCommit(name);
  return { template: pulled.manifest.kwargs.template, found: await client.promptExists(name) };
}

async function main() {
  const log = console.log;
  console.log = () => {}; // the client prints its progress
  const seen = { ...(await traced()), ...(await evaluated()), ...(await prompted()) };
  log(JSON.stringify(seen));
}

main();
