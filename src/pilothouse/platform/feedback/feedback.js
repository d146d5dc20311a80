// Pilothouse: sends what visitors say of an answer, by the token of that answer. What is read here
// is served without comments and indentation: it may not be larger than 1,024 bytes.
(() => {
  const base = new URL("api/v1/public/feedback/", document.currentScript.src);
  const said = {};
  const send = (self.pilothouseFeedback = async (token, more) => {
    // What was said before stays; the id makes a change of mind one verdict, not two.
    said[token] = { id: Math.random() + "", ...said[token], ...more };
    const answer = await fetch(base + token, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(said[token]),
    });
    if (!answer.ok) throw (await answer.json()).error;
  });
  const give = (event, { dataset }, fields) => {
    event.preventDefault();
    const more = {};
    for (const [name, value] of fields)
      if (value) more[name] = name == "score" ? +value : value;
    send(dataset.feedback, more).then(
      () => (dataset.state = "sent"),
      (error) => (dataset.state = error.message),
    );
  };
  addEventListener("click", (event) => {
    const on = event.target.closest("[data-score]");
    if (on) give(event, on, [["score", on.dataset.score]]);
  });
  addEventListener("submit", (event) => {
    const on = event.target;
    if (on.dataset.feedback) give(event, on, new FormData(on));
  });
})();
