// Tokenises the lines of JSON on standard input with the tokenizer.json named, for tiny.py.
// npm i @huggingface/tokenizers@0.2.0
import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";

const json = JSON.parse(readFileSync(process.argv[2], "utf8"));
const t = new Tokenizer(json, {});
const special = process.argv[3] !== "plain";
for (const line of readFileSync(0, "utf8").trim().split("\n"))
  console.log(JSON.stringify(t.encode(JSON.parse(line), { add_special_tokens: special }).ids));
