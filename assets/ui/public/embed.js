// The bubble that a page of another site shows: <script>window.isletChatbotConfig = { token: "…" }</script><script src="…/embed.js" defer></script>
// It takes window.difyChatbotConfig too, and its elements have the ids and CSS variables that pages made for Dify know. It asks nobody but
// the server that it came from, and works over plain http.
(function () {
  "use strict";
  var config = window.isletChatbotConfig || window.difyChatbotConfig;
  var script = document.currentScript;
  if (!config || !config.token) {
    console.error("embed.js: window.isletChatbotConfig needs a token");
    return;
  }
  var base = String(config.baseUrl || (script && script.src ? new URL(script.src).origin : location.origin)).replace(/\/+$/, "");
  var BUTTON = "dify-chatbot-bubble-button";
  var WINDOW = "dify-chatbot-bubble-window";
  var chinese = /^zh/i.test(document.documentElement.lang || navigator.language || "");
  var words = chinese ? { open: "打开对话", close: "关闭对话", title: "对话" } : { open: "Open chat", close: "Close chat", title: "Chat" };

  var v = function (name, fallback) { return "var(--dify-chatbot-bubble-button-" + name + ", var(--islet-chatbot-button-" + name + ", " + fallback + "))"; };
  var css =
    "#" + BUTTON + "{position:fixed;bottom:" + v("bottom", "1rem") + ";right:" + v("right", "1rem") + ";left:" + v("left", "unset") + ";top:" + v("top", "unset") +
    ";width:" + v("width", "50px") + ";height:" + v("height", "50px") + ";border-radius:" + v("border-radius", "25px") + ";background-color:" + v("bg-color", "#0b6e80") +
    ";box-shadow:" + v("box-shadow", "rgba(0,0,0,0.2) 0 4px 8px 0") + ";color:" + v("color", "#fff") +
    ";cursor:pointer;z-index:2147483647;border:0;padding:0;margin:0;display:flex;align-items:center;justify-content:center;transition:transform .12s;touch-action:none;font:inherit}" +
    "#" + BUTTON + ":hover{transform:" + v("hover-transform", "scale(1.06)") + "}" +
    "#" + BUTTON + ":focus-visible{outline:3px solid #fff;box-shadow:0 0 0 5px #0b6e80}" +
    "#" + WINDOW + "{position:fixed;z-index:2147483640;border:0;border-radius:12px;background:#fff;overflow:hidden;width:min(24rem,calc(100vw - 2rem));height:min(43.75rem,calc(100vh - 6rem));" +
    "bottom:5rem;right:1rem;box-shadow:rgba(20,30,36,.22) 0 12px 36px 0,rgba(20,30,36,.12) 0 0 0 1px}" +
    "#" + WINDOW + "[hidden]{display:none}" +
    "@media (max-width:640px){#" + WINDOW + "{inset:0 0 4.5rem 0;width:100vw;height:auto;border-radius:0}}" +
    "@media (prefers-reduced-motion:reduce){#" + BUTTON + "{transition:none}}";

  // A page with a strict content policy forbids <style>; a sheet made by script is allowed.
  function style() {
    try {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [sheet].concat(Array.prototype.slice.call(document.adoptedStyleSheets));
    } catch (e) {
      var el = document.createElement("style");
      el.textContent = css;
      document.head.appendChild(el);
    }
  }

  function packed(text) {
    var bytes = new TextEncoder().encode(text);
    var encode = function (b) {
      var s = "";
      for (var i = 0; i < b.length; i++) s += String.fromCharCode(b[i]);
      return btoa(s);
    };
    if (typeof CompressionStream === "undefined") return Promise.resolve(text); // the page reads plain values too
    return new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer().then(function (b) { return encode(new Uint8Array(b)); });
  }

  function address() {
    var pairs = [];
    var add = function (prefix, values) {
      Object.keys(values || {}).forEach(function (k) {
        var value = values[k];
        if (value === undefined || value === null) return;
        pairs.push(packed(typeof value === "string" ? value : JSON.stringify(value)).then(function (p) { return [prefix + k, p]; }));
      });
    };
    add("", config.inputs);
    add("sys.", config.systemVariables);
    add("user.", config.userVariables);
    return Promise.all(pairs).then(function (list) {
      var q = new URLSearchParams(list).toString();
      return base + "/chatbot/" + encodeURIComponent(config.token) + (q ? "?" + q : "");
    });
  }

  var chat = "M21 11.5a8.4 8.4 0 0 1-8.5 8.4 8.7 8.7 0 0 1-3.8-.9L3.5 20.5 5 15.6a8.2 8.2 0 0 1-1-4.1A8.4 8.4 0 0 1 12.5 3 8.4 8.4 0 0 1 21 11.5Z";
  var cross = "M6 6l12 12M18 6L6 18";
  function icon(path) {
    var ns = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(ns, "svg");
    var attributes = { width: "24", height: "24", viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
    Object.keys(attributes).forEach(function (k) { svg.setAttribute(k, attributes[k]); });
    var p = document.createElementNS(ns, "path");
    p.setAttribute("d", path);
    svg.appendChild(p);
    return svg;
  }

  function build() {
    if (document.getElementById(BUTTON)) return;
    style();
    var button = document.createElement("button");
    button.type = "button";
    button.id = BUTTON;
    var frame = null;
    var dragged = false;

    function show(on) {
      button.replaceChildren(icon(on ? cross : chat));
      button.setAttribute("aria-label", on ? words.close : words.open);
      button.setAttribute("aria-expanded", String(on));
      button.setAttribute("aria-controls", WINDOW);
      button.title = on ? words.close : words.open;
      if (frame) frame.hidden = !on;
    }
    function place() {
      if (!frame) return;
      if (window.innerWidth <= 640) {
        frame.style.inset = "";
        return;
      }
      var r = button.getBoundingClientRect();
      var w = frame.offsetWidth;
      var up = r.top > window.innerHeight - r.bottom;
      var left = r.left + r.width / 2 > window.innerWidth / 2;
      frame.style.bottom = up ? Math.max(8, window.innerHeight - r.top + 12) + "px" : "unset";
      frame.style.top = up ? "unset" : r.bottom + 12 + "px";
      frame.style.right = left ? Math.max(8, Math.min(window.innerWidth - r.right, window.innerWidth - w - 8)) + "px" : "unset";
      frame.style.left = left ? "unset" : Math.max(8, r.left) + "px";
    }
    function open() {
      if (!frame) {
        frame = document.createElement("iframe");
        frame.id = WINDOW;
        frame.title = config.title || words.title;
        frame.allow = "microphone;clipboard-write;fullscreen";
        document.body.appendChild(frame);
        address().then(function (url) { frame.src = url; });
      }
      show(true);
      place();
      frame.focus();
    }
    function close() {
      if (!frame || frame.hidden) return;
      show(false);
      button.focus();
    }

    show(false);
    var props = config.containerProps || {};
    Object.keys(props).forEach(function (k) {
      var value = props[k];
      if (k === "className") String(value).split(/\s+/).filter(Boolean).forEach(function (c) { button.classList.add(c); });
      else if (k === "style") {
        if (typeof value === "string") button.style.cssText += value;
        else Object.assign(button.style, value);
      } else if (typeof value === "function") button.addEventListener(k.replace(/^on/, "").toLowerCase(), value);
      else if (k !== "id" && !/^on/i.test(k)) button.setAttribute(k, String(value));
    });
    button.addEventListener("click", function () {
      if (dragged) { dragged = false; return; }
      if (frame && !frame.hidden) close();
      else open();
    });
    document.addEventListener("keydown", function (e) { if (e.key === "Escape") close(); });
    window.addEventListener("resize", place);
    window.addEventListener("message", function (e) { // Esc inside the frame
      if (frame && e.source === frame.contentWindow && e.origin === new URL(base, location.href).origin && e.data === "islet:close") close();
    });
    if (config.draggable) drag(button, config.dragAxis || "both", function () { dragged = true; place(); });
    document.body.appendChild(button);
  }

  function drag(el, axis, moved) {
    var from = null;
    el.addEventListener("pointerdown", function (e) {
      if (e.button !== 0) return;
      var r = el.getBoundingClientRect();
      from = { x: e.clientX, y: e.clientY, left: r.left, top: r.top, going: false };
      el.setPointerCapture(e.pointerId);
    });
    el.addEventListener("pointermove", function (e) {
      if (!from) return;
      var dx = axis === "y" ? 0 : e.clientX - from.x;
      var dy = axis === "x" ? 0 : e.clientY - from.y;
      if (!from.going && Math.abs(dx) + Math.abs(dy) < 6) return;
      from.going = true;
      el.style.left = Math.min(Math.max(0, from.left + dx), window.innerWidth - el.offsetWidth) + "px";
      el.style.top = Math.min(Math.max(0, from.top + dy), window.innerHeight - el.offsetHeight) + "px";
      el.style.right = "unset";
      el.style.bottom = "unset";
      moved();
    });
    var end = function () { from = null; };
    el.addEventListener("pointerup", end);
    el.addEventListener("pointercancel", end);
  }

  if (document.body) build();
  else document.addEventListener("DOMContentLoaded", build);
})();
