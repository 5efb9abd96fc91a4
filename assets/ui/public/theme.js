// Runs before the first paint, so that nobody sees a white flash in a dark room. The rest of the theme lives in src/lib/theme.ts.
(function () {
  var choice = null;
  try { choice = localStorage.getItem("islet.theme"); } catch (e) { /* storage is off: follow the system */ }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
