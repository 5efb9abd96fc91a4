import { describe, expect, it } from "vitest";
import { readCurl } from "./curl";
import { shellWords } from "./shell-words";

describe("the words of a command", () => {
  it.each([
    ["plain words", "curl  a\tb", ["curl", "a", "b"]],
    ["single quotes keep all", `curl 'a "b" \\n $x'`, ["curl", 'a "b" \\n $x']],
    ["double quotes with escapes", `curl "a \\"b\\" \\$x \\n"`, ["curl", 'a "b" $x \\n']],
    ["quotes glued together", `curl 'it'\\''s'"ok"`, ["curl", "it'sok"]],
    ["an empty word", `curl -H ''`, ["curl", "-H", ""]],
    ["lines that go on", "curl \\\n  -k \\\r\n  a", ["curl", "-k", "a"]],
    ["lines that go on in PowerShell", "curl `\n -k a", ["curl", "-k", "a"]],
    ["$'…' with escapes", `curl $'a\\n\\t\\'\\\\\\x41\\u00e9\\u4f60\\U0001f600\\101'`, ["curl", "a\n\t'\\A\u00e9你😀A"]],
    ["$'…' with bytes of UTF-8", `curl $'\\xe4\\xbd\\xa0'`, ["curl", "你"]],
    ["$'…' with halves of a character", `curl $'\\ud83d\\ude00'`, ["curl", "😀"]],
    ["a pipe ends the command", "curl a | jq .", ["curl", "a"]],
    ["& without quotes belongs to the address", "curl http://a/b?x=1&y=2", ["curl", "http://a/b?x=1&y=2"]],
    ["a quote that never ends", "curl 'a b", ["curl", "a b"]],
    ["cmd.exe", 'curl ^"http://a/b?x=1^&y=2^" ^\n  -H ^"a: b^"', ["curl", "http://a/b?x=1&y=2", "-H", "a: b"]],
    ["cmd.exe with quotes inside", 'curl --data-raw ^"^{^\\^"a^\\^":^\\^"b c^\\^"^}^" ^\n -k', ["curl", "--data-raw", '{"a":"b c"}', "-k"]],
    ["cmd.exe with a caret", 'curl ^"a^^b^"', ["curl", "a^b"]],
  ])("%s", (_, line, words) => expect(shellWords(line)).toEqual(words));
});

const text = (n: number, key: string, value: string) => ({ id: `key-value-${n}`, key, type: "text", value });
const none = { type: "no-auth", config: null };
const key = (type: string, api_key: string) => ({ type: "api-key", config: { type, api_key, header: "" } });
const bare = { method: "get", url: "http://h/a", authorization: none, headers: "", params: "", body: { type: "none", data: [] }, ssl_verify: true };

describe("a cURL command", () => {
  it.each([
    ["an address", "curl http://h/a", bare],
    ["an address without a scheme", "curl h/a", bare],
    ["a prompt, a path and quotes", "$ /usr/bin/curl 'http://h/a'", bare],
    ["options that only cURL cares for", "curl -sSLv --compressed --http2 -o /dev/null http://h/a", bare],
    ["-X glued and apart", "curl -XPUT http://h/a", { ...bare, method: "put" }],
    ["--request with =", "curl --request=DELETE http://h/a", { ...bare, method: "delete" }],
    ["-I", "curl -I http://h/a", { ...bare, method: "head" }],
    ["-H twice, one without a value, one taken away", "curl -H 'A: 1:2' -H 'B;' -H 'C:' http://h/a", { ...bare, headers: "A:1:2\nB:" }],
    ["-A, -e and -b", "curl -A me -e http://r -b 'a=1; b=2' http://h/a", { ...bare, headers: "User-Agent:me\nReferer:http://r\nCookie:a=1; b=2" }],
    ["a query becomes parameters, repeated ones too", "curl 'http://h/a?q=a%20b+c&x=1&x=2#top'", { ...bare, params: "q:a b c\nx:1\nx:2" }],
    ["a query that would not survive stays in the address", "curl 'http://h/a?a%3Ab=1'", { ...bare, url: "http://h/a?a%3Ab=1" }],
    ["-d is a form", "curl -d a=1 -d 'b=x%20y' http://h/a", { ...bare, method: "post", body: { type: "x-www-form-urlencoded", data: [text(1, "a", "1"), text(2, "b", "x y")] } }],
    ["-d of JSON without a type", `curl -d '{"a":1}' http://h/a`, { ...bare, method: "post", body: { type: "json", data: [text(1, "", '{"a":1}')] } }],
    ["--data-raw keeps @", "curl --data-raw 'a=@b' http://h/a", { ...bare, method: "post", body: { type: "x-www-form-urlencoded", data: [text(1, "a", "@b")] } }],
    ["JSON with its type", `curl http://h/a -H 'Content-Type: application/json' --data-raw '{"q":"{{#sys.query#}}"}'`, { ...bare, method: "post", body: { type: "json", data: [text(1, "", '{"q":"{{#sys.query#}}"}')] } }],
    ["JSON of another type keeps it", `curl http://h/a -H 'content-type: application/problem+json' -d '{}'`, { ...bare, method: "post", headers: "content-type:application/problem+json", body: { type: "json", data: [text(1, "", "{}")] } }],
    ["--json", `curl --json '{"a":1}' http://h/a`, { ...bare, method: "post", headers: "Accept:application/json", body: { type: "json", data: [text(1, "", '{"a":1}')] } }],
    ["--data-urlencode", "curl --data-urlencode 'q=a b&c' --data-urlencode '=x y' http://h/a", { ...bare, method: "post", headers: "", body: { type: "x-www-form-urlencoded", data: [text(1, "q", "a b&c"), text(2, "x y", "")] } }],
    ["-G sends the data with the address", "curl -G -d a=1 --data-urlencode 'q=你 好' 'http://h/a?z=0'", { ...bare, params: "z:0\na:1\nq:你 好" }],
    ["a name that comes twice stays as it was written", "curl -d 'a=1&a=2' http://h/a", { ...bare, method: "post", headers: "Content-Type:application/x-www-form-urlencoded", body: { type: "raw-text", data: [text(1, "", "a=1&a=2")] } }],
    ["text of a type", "curl -H 'Content-Type: text/xml' -d '<a/>' http://h/a", { ...bare, method: "post", headers: "Content-Type:text/xml", body: { type: "raw-text", data: [text(1, "", "<a/>")] } }],
    ["-u", "curl -u me:secret http://h/a", { ...bare, authorization: key("basic", "me:secret") }],
    ["a bearer header", "curl -H 'authorization: Bearer k.e.y' http://h/a", { ...bare, authorization: key("bearer", "k.e.y") }],
    ["a basic header", "curl -H 'Authorization: Basic bWU6eA==' http://h/a", { ...bare, authorization: key("basic", "bWU6eA==") }],
    ["--oauth2-bearer", "curl --oauth2-bearer t http://h/a", { ...bare, authorization: key("bearer", "t") }],
    ["another scheme stays a header", "curl -H 'Authorization: Digest x' http://h/a", { ...bare, headers: "Authorization:Digest x" }],
    ["-k and times", "curl -k --connect-timeout 2.5 -m 30 http://h/a", { ...bare, ssl_verify: false, timeout: { connect: 3, read: 30 } }],
    ["options in one word, the last with its value", "curl -skXPOST http://h/a", { ...bare, method: "post", ssl_verify: false }],
    ["-F with a text", "curl -F 'a=1;type=text/plain' --form-string 'b=@c' http://h/a", { ...bare, method: "post", body: { type: "form-data", data: [text(1, "a", "1"), text(2, "b", "@c")] } }],
    ["an address that begins with a variable", "curl '{{#env.base#}}/a?q={{#sys.query#}}'", { ...bare, url: "{{#env.base#}}/a", params: "q:{{#sys.query#}}" }],
    ["cmd.exe", 'curl ^"http://h/a?x=1^&y=2^" ^\n  -X POST ^\n  -H ^"X-A: b^" ^\n  --data-raw ^"^{^\\^"a^\\^":1^}^"', { ...bare, method: "post", headers: "X-A:b", params: "x:1\ny:2", body: { type: "json", data: [text(1, "", '{"a":1}')] } }],
    ["a browser's $'…'", `curl 'http://h/a' --data-raw $'{"a":"it\\'s"}'`, { ...bare, method: "post", body: { type: "json", data: [text(1, "", `{"a":"it's"}`)] } }],
  ])("%s", (_, line, data) => {
    const got = readCurl(line);
    expect(got.data).toEqual(data);
    expect(got.dropped).toEqual([]);
    expect(got.files).toEqual([]);
  });

  it("tells which files of that computer it would send", () => {
    expect(readCurl("curl -F 'doc=@report.pdf;type=application/pdf' -F n=1 http://h/a")).toEqual({
      data: { ...bare, method: "post", body: { type: "form-data", data: [{ ...text(1, "doc", ""), type: "file", file: [] }, text(2, "n", "1")] } },
      dropped: [], files: ["report.pdf"],
    });
    expect(readCurl("curl -T a.bin http://h/a").data).toMatchObject({ method: "put", body: { type: "binary", data: [{ type: "file", file: [] }] } });
    expect(readCurl("curl -d @a.json http://h/a").files).toEqual(["a.json"]);
  });

  it("tells which options it leaves out", () => {
    expect(readCurl("curl -x http://proxy:1 --cert c.pem --what-is-this http://h/a").dropped).toEqual(["-x http://proxy:1", "--cert c.pem", "--what-is-this"]);
  });

  it.each(["", "hello", "wget http://h/a", "curl", "curl -k"])("takes nothing from %j", (line) => expect(readCurl(line).data).toBeUndefined());
});
