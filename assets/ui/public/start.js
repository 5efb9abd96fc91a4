// Runs before the first paint. The theme, so that nobody sees a white flash in a dark room (the rest of it lives in src/lib/theme.ts),
// and the requests for what this page will need, so that they do not wait for its script (the table is made by scripts/preloads.ts).
(function () {
  function kept(key) {
    try { return localStorage.getItem(key); } catch (e) { return null; } // storage is off: follow the system
  }

  var choice = kept("islet.theme");
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";

  var table = document.getElementById("preloads");
  if (!table) return; // the development server has none
  table = JSON.parse(table.textContent);
  var lang = kept("islet.lang") || (navigator.languages || []).find(function (l) { return /^(zh|en)\b/i.test(l); }) || "zh-CN";
  var parts = location.pathname.split("/");
  var page = table.pages[parts[1] === "apps" && parts[3] === "edit" ? "edit" : parts[1]] || table.pages[""];
  page.concat(/^en/i.test(lang) ? table.en : table["zh-CN"]).forEach(function (n) {
    var link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = "/assets/" + table.files[n];
    document.head.appendChild(link);
  });
})();
