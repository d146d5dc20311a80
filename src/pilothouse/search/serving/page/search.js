// The page's state is its address, so that a search can be shared and the back button works.
// What documents say is only ever put in as text.
"use strict";

const form = document.getElementById("form");
const keyed = document.getElementById("keyed");
const status = document.getElementById("status");
const results = document.getElementById("results");
const fields = ["query", "mode", "k"].map((name) => document.getElementById(name));
let asked = 0;

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
  if (/^https?:\/\//.test(hit.source)) {
    const link = element("a", text);
    link.href = hit.source;
    link.rel = "noreferrer noopener";
    heading.append(link);
  } else {
    heading.textContent = text;
  }
  return heading;
}

function shown(hit) {
  const item = document.createElement("li");
  const about = [hit.source, hit.metadata.heading, hit.metadata.page && `page ${hit.metadata.page}`];
  about.push(`score ${hit.score.toPrecision(3)}`);
  const text = element("p", hit.text, "text");
  text.tabIndex = 0; // long ones scroll, by keys as well
  item.append(title(hit), element("div", about.filter(Boolean).join(" · "), "about"), text);
  return item;
}

async function search() {
  const [query, mode, k] = fields.map((field) => field.value);
  const mine = ++asked;
  say("Searching …");
  const headers = { "Content-Type": "application/json" };
  const key = sessionStorage.getItem("key");
  if (key) headers.Authorization = `Bearer ${key}`;
  let answer;
  let response;
  try {
    const body = JSON.stringify({ query, mode, k: Number(k) });
    response = await fetch("v1/search", { method: "POST", headers, body });
    answer = await response.json();
  } catch {
    if (mine === asked) say("The server does not answer. Try again.", true);
    return;
  }
  if (mine !== asked) return; // another search began meanwhile
  keyed.hidden = response.status !== 401;
  if (!response.ok) {
    results.replaceChildren();
    say(answer.error.message, true);
    return;
  }
  results.replaceChildren(...answer.results.map(shown));
  const spent = answer.timings.embed_ms + answer.timings.search_ms;
  const count = answer.results.length;
  say(count ? `${count} ${count === 1 ? "result" : "results"} in ${spent.toFixed(0)} ms` : "Nothing was found.");
}

function fromAddress() {
  const given = new URLSearchParams(location.search);
  for (const field of fields) if (given.has(field.name)) field.value = given.get(field.name);
  if (fields[0].value) search();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.pushState(null, "", `?${new URLSearchParams(new FormData(form))}`);
  search();
});
for (const field of fields.slice(1)) {
  field.addEventListener("change", () => fields[0].value && form.requestSubmit());
}
keyed.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", document.getElementById("key").value);
  search();
});
addEventListener("popstate", fromAddress);
fromAddress();
