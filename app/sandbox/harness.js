// Every engine starts with this script. It adds what programs expect of a JavaScript host and returns the three functions
// with which Go runs main. It keeps the originals of what it uses: the program may replace them.
(function (print) {
  "use strict";
  const { parse, stringify } = JSON;
  const then = Promise.prototype.then;
  const { isArray } = Array;
  const { isFinite } = Number;
  const keep = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

  const shown = (v) => {
    if (typeof v === "string") return v;
    if (v instanceof Error) return v.stack ? `${v}\n${v.stack}`.trimEnd() : String(v);
    if (typeof v === "object" && v !== null) {
      try {
        return stringify(v) ?? String(v);
      } catch {
        return Object.prototype.toString.call(v);
      }
    }
    return String(v);
  };
  const log = (...args) => print(args.map(shown).join(" ") + "\n");
  keep("console", { log, info: log, warn: log, error: log, debug: log, trace: log });

  const abc = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  keep("btoa", function btoa(s) {
    s = String(s);
    let out = "";
    for (let i = 0; i < s.length; i += 3) {
      const [a, b, c] = [s.charCodeAt(i), s.charCodeAt(i + 1), s.charCodeAt(i + 2)];
      if (a > 255 || b > 255 || c > 255) throw new RangeError("btoa: a character is outside of Latin1");
      out += abc[a >> 2] + abc[((a & 3) << 4) | (b >> 4)];
      out += i + 1 < s.length ? abc[((b & 15) << 2) | (c >> 6)] : "=";
      out += i + 2 < s.length ? abc[c & 63] : "=";
    }
    return out;
  });
  keep("atob", function atob(s) {
    s = String(s).replace(/[\t\n\f\r ]/g, "");
    if (s.length % 4 === 0) s = s.replace(/==?$/, "");
    if (s.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(s)) throw new RangeError("atob: the string is not base64");
    let out = "";
    for (let i = 0, bits = 0, n = 0; i < s.length; i++) {
      bits = ((bits << 6) | abc.indexOf(s[i])) & 0xffffff;
      n += 6;
      if (n >= 8) out += String.fromCharCode((bits >> (n -= 8)) & 255);
    }
    return out;
  });

  keep("TextEncoder", class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(s = "") {
      const out = [];
      for (const ch of String(s)) {
        let c = ch.codePointAt(0);
        if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd;
        if (c < 0x80) out.push(c);
        else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
        else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
        else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
      }
      return new Uint8Array(out);
    }
  });
  const lead = (b) => (b < 0x80 ? [0, b] : b < 0xc2 ? [-1] : b < 0xe0 ? [1, b & 31] : b < 0xf0 ? [2, b & 15] : b < 0xf5 ? [3, b & 7] : [-1]);
  const least = [0, 0x80, 0x800, 0x10000];
  keep("TextDecoder", class TextDecoder {
    constructor(label = "utf-8") {
      if (!/^utf-?8$/i.test(label)) throw new RangeError("TextDecoder: only utf-8 is known");
    }
    get encoding() {
      return "utf-8";
    }
    decode(input = new Uint8Array()) {
      const b = input instanceof ArrayBuffer ? new Uint8Array(input) : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
      let out = "";
      for (let i = b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf ? 3 : 0; i < b.length; ) {
        let [more, c] = lead(b[i++]);
        const total = more;
        while (more > 0 && (b[i] & 0xc0) === 0x80) {
          c = (c << 6) | (b[i++] & 63);
          more--;
        }
        const bad = more !== 0 || c < least[total] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff);
        out += bad ? "\ufffd" : String.fromCodePoint(c);
      }
      return out;
    }
  });

  const clone = (v, seen) => {
    if (typeof v === "function" || typeof v === "symbol") throw new TypeError(`structuredClone: a ${typeof v} cannot be cloned`);
    if (typeof v !== "object" || v === null) return v;
    if (seen.has(v)) return seen.get(v);
    const as = (copy) => (seen.set(v, copy), copy);
    if (v instanceof Date) return as(new Date(v));
    if (v instanceof RegExp) return as(new RegExp(v.source, v.flags));
    if (v instanceof Error) return as(Object.assign(new v.constructor(v.message), { stack: v.stack }));
    if (v instanceof ArrayBuffer) return as(v.slice(0));
    if (ArrayBuffer.isView(v) && !(v instanceof DataView)) return as(v.slice());
    if (v instanceof Set) {
      const copy = as(new Set());
      for (const e of v) copy.add(clone(e, seen));
      return copy;
    }
    if (v instanceof Map) {
      const copy = as(new Map());
      for (const [k, e] of v) copy.set(clone(k, seen), clone(e, seen));
      return copy;
    }
    const copy = as(isArray(v) ? [] : {});
    for (const k of Object.keys(v)) copy[k] = clone(v[k], seen);
    return copy;
  };
  keep("structuredClone", function structuredClone(v) {
    return clone(v, new Map());
  });

  const finite = (_, v) => {
    if (typeof v === "number" && !isFinite(v)) throw new TypeError(`JSON has no word for the number ${v}`);
    if (typeof v === "bigint") throw new TypeError("JSON has no word for a BigInt; use toString()");
    return v;
  };
  const written = (v) => {
    if (v === undefined) return "Imain must return an object, not undefined; is a return missing?";
    if (v === null || typeof v !== "object" || isArray(v)) {
      return `Imain must return an object, not ${v === null ? "null" : isArray(v) ? "an array" : "a " + typeof v}`;
    }
    try {
      const text = stringify(v, finite);
      return text === undefined || text[0] !== "{" ? "Imain must return an object" : "V" + text;
    } catch (e) {
      if (e instanceof Error && e.message === "out of memory") throw e;
      return "I" + (e instanceof Error ? e.message : String(e));
    }
  };

  let promise;
  return {
    parse,
    // returned is what main returned, written; "" where that is a promise, which Go then lets settle.
    returned(v) {
      if (!(v instanceof Promise)) return written(v);
      promise = { state: "Ithe promise that main returned never settles" };
      then.call(v, (value) => (promise = { value }), (error) => (promise = { error }));
      return "";
    },
    settled() {
      if ("error" in promise) throw promise.error;
      return promise.state ?? written(promise.value);
    },
  };
})
