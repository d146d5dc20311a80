// Before the first paint: the scheme that was chosen here, so that nothing flashes.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("pilothouse-scheme");
  } catch {
    // a frame without storage has no choice to remember
  }
  const asked = new URLSearchParams(location.search).get("scheme");
  const chosen = asked === "dark" || asked === "light" ? asked : kept;
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const dark = chosen === "dark" || (chosen !== "light" && wanted.matches);
    document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
  };
  show();
  if (chosen !== "dark" && chosen !== "light") wanted.addEventListener("change", show);
})();
