// Shows a served chat page in another page: <script src="https://…/ui/embed.js" defer></script>
//   data-page    the page's path; /
//   data-target  a selector of the element that it fills; without one: a button at the corner
//   data-label   the button's words; Chat
//   data-scheme  light or dark; without one: as the reader's system has it
(() => {
  const script = document.currentScript;
  const { page = "/", target, label = "Chat", scheme } = script.dataset;
  const address = new URL(`..${page.startsWith("/") ? page : `/${page}`}`, script.src);
  address.searchParams.set("embed", "1");
  if (scheme) address.searchParams.set("scheme", scheme);

  function frame() {
    const made = document.createElement("iframe");
    made.src = address.href;
    made.title = label;
    made.allow = "clipboard-write";
    Object.assign(made.style, { border: "0", width: "100%", height: "100%", display: "block" });
    return made;
  }

  function corner() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-expanded", "false");
    Object.assign(button.style, {
      position: "fixed", right: "20px", bottom: "20px", zIndex: "2147483000", minHeight: "44px",
      padding: "0 20px", border: "0", borderRadius: "22px", background: "#14181f", color: "#fff",
      font: "500 15px/1.4 system-ui, sans-serif", cursor: "pointer",
    });
    const box = document.createElement("div");
    Object.assign(box.style, {
      position: "fixed", right: "20px", bottom: "76px", zIndex: "2147483000", display: "none",
      width: "min(400px, calc(100vw - 40px))", height: "min(640px, calc(100vh - 96px))",
      border: "1px solid #cdd2da", borderRadius: "10px", overflow: "hidden",
      boxShadow: "0 6px 20px rgb(20 24 31 / 12%)", background: "Canvas",
    });
    function show(open) {
      if (open && !box.firstChild) box.append(frame());
      box.style.display = open ? "block" : "none";
      button.setAttribute("aria-expanded", String(open));
      if (open) box.firstChild.focus();
      else button.focus();
    }
    button.addEventListener("click", () => show(box.style.display === "none"));
    addEventListener("message", (told) => {
      if (told.origin === address.origin && told.data === "pilothouse:close") show(false);
    });
    document.body.append(box, button);
  }

  function start() {
    const place = target ? document.querySelector(target) : null;
    if (place) place.replaceChildren(frame());
    else corner();
  }
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
