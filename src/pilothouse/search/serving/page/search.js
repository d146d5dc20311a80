// The page's state is its address, so that a search can be shared and the back button works.
// What documents and models say is only ever put in as text.
"use strict";

const form = document.getElementById("form");
const keyed = document.getElementById("keyed");
const status = document.getElementById("status");
const results = document.getElementById("results");
const said = document.getElementById("said");
const answering = document.getElementById("answering");
const wantsAnswer = document.getElementById("answer");
const fields = ["query", "mode", "k"].map((name) => document.getElementById(name));
const MOST_PASSAGES = 50;
let asked = 0;
let searched = "";
let stop = new AbortController();

function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function title(hit) {
  const heading = document.createElement("h2");
  const file = hit.source.replace(/[/]+$/, "").split("/").pop();
  const text = hit.metadata.title || file || hit.id;
  if (hit.number) heading.append(`${hit.number} · `);
  if (/^https?:\/\//.test(hit.source)) {
    const link = element("a", text);
    link.href = hit.source;
    link.rel = "noreferrer noopener";
    heading.append(link);
  } else {
    heading.append(text);
  }
  return heading;
}

function shown(hit) {
  const item = document.createElement("li");
  if (hit.number) item.id = `passage-${hit.number}`;
  const about = [hit.source, hit.metadata.heading, hit.metadata.page && `page ${hit.metadata.page}`];
  about.push(`score ${hit.score.toPrecision(3)}`);
  const text = element("p", hit.text, "text");
  text.tabIndex = 0; // long ones scroll, by keys as well
  item.append(title(hit), element("div", about.filter(Boolean).join(" · "), "about"), text);
  return item;
}

function headers() {
  const key = sessionStorage.getItem("key");
  const own = { "Content-Type": "application/json" };
  return key ? { ...own, Authorization: `Bearer ${key}` } : own;
}

// The answer to a request; null where there is none, or another search began meanwhile.
async function ask(path, body, mine) {
  let response;
  try {
    const how = { method: "POST", headers: headers(), body: JSON.stringify(body), signal: stop.signal };
    response = await fetch(path, how);
    if (mine !== asked) return null;
    keyed.hidden = response.status !== 401;
    if (response.ok) return response;
    const refused = await response.json();
    if (mine === asked) fail(refused.error.message);
  } catch {
    if (mine === asked) fail("The server does not answer. Try again.");
  }
  return null;
}

function fail(message) {
  results.replaceChildren();
  said.hidden = true;
  say(message, true);
}

async function search(query, mode, k, mine) {
  said.hidden = true;
  say("Searching …");
  const response = await ask("v1/search", { query, mode, k }, mine);
  const answer = response && (await response.json());
  if (!answer || mine !== asked) return;
  results.replaceChildren(...answer.results.map(shown));
  const spent = answer.timings.embed_ms + answer.timings.search_ms;
  const count = answer.results.length;
  say(count ? `${count} ${count === 1 ? "result" : "results"} in ${spent.toFixed(0)} ms` : "Nothing was found.");
}

// A piece of an answer, its citations as links to the passages below.
function cited(text) {
  return text.split(/(\[\d+\])/).map((piece) => {
    const number = /^\[(\d+)\]$/.exec(piece)?.[1];
    if (!number) return piece;
    const link = element("a", number);
    link.href = `#passage-${number}`;
    link.setAttribute("aria-label", `passage ${number}`);
    return link;
  });
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const [name, data] = block.split("\n");
      yield [name.slice("event: ".length), JSON.parse(data.slice("data: ".length))];
    }
  }
}

async function answer(query, mode, k, mine) {
  say("Searching …");
  said.hidden = true;
  const body = { query, mode, k: Math.min(k, MOST_PASSAGES), stream: true };
  const response = await ask("v1/answer", body, mine);
  if (!response) return;
  let text = "";
  let ended = false;
  try {
    for await (const [name, data] of events(response)) {
      if (mine !== asked) return;
      if (name === "passages") {
        results.replaceChildren(...data.passages.map(shown));
        say("Answering …");
      } else if (name === "delta") {
        text += data.text;
        said.hidden = false;
        said.ariaBusy = "true";
        said.replaceChildren(...cited(text));
      } else if (name === "end") {
        ended = true;
        tell(data);
      } else {
        ended = true;
        say(data.error.message, true);
      }
    }
  } catch {
    if (mine !== asked) return;
  }
  if (!ended && mine === asked) say("The answer broke off. Try again.", true);
}

function tell(whole) {
  said.hidden = false;
  said.ariaBusy = "false";
  const notes = [whole.model, `${(whole.timings.answer_ms / 1000).toFixed(1)} s`];
  if (whole.uncited) notes.push(`${whole.uncited} of ${whole.sentences.length} sentences cite nothing`);
  if (whole.finish_reason === "length") notes.push("cut off at its longest");
  said.replaceChildren(...cited(whole.answer), element("span", notes.join(" · "), "about"));
  const count = results.children.length;
  say(count ? `From ${count} ${count === 1 ? "passage" : "passages"}` : "Nothing was found.");
}

function run() {
  searched = location.search;
  const [query, mode, k] = fields.map((field) => field.value);
  stop.abort();
  stop = new AbortController();
  const how = !answering.hidden && wantsAnswer.checked ? answer : search;
  how(query, mode, Number(k), ++asked);
}

async function offer() {
  const response = await fetch("v1/index", { headers: headers() }).catch(() => null);
  if (!response?.ok) return;
  answering.hidden = !(await response.json()).answer;
}

function fromAddress() {
  const given = new URLSearchParams(location.search);
  for (const field of fields) if (given.has(field.name)) field.value = given.get(field.name);
  if (given.has("query")) wantsAnswer.checked = given.has("answer");
  if (fields[0].value) run();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.pushState(null, "", `?${new URLSearchParams(new FormData(form))}`);
  run();
});
for (const field of [...fields.slice(1), wantsAnswer]) {
  field.addEventListener("change", () => fields[0].value && form.requestSubmit());
}
keyed.addEventListener("submit", async (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", document.getElementById("key").value);
  await offer();
  run();
});
// A link to a passage changes the address too, and asks nothing anew.
addEventListener("popstate", () => location.search !== searched && fromAddress());
offer().then(fromAddress);
