// The knowledge half of mock.mjs: datasets, documents and chunks with made-up data. Scenes: full, empty, errors, words (no model,
// vectors that are stuck), busy (a batch in progress), loading, stuck, bare (no document), parent, refused (a file that cannot be uploaded, rules that make no sense).
import { readFileSync } from "node:fs";

const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const id = (n) => `0190a000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const none = { endpoint_id: "", name: "" };
const bge = { endpoint_id: id(20), name: "bge-m3" };
const search = { method: "", top_k: 4, threshold: 0, use_threshold: false, fusion: "", vector_weight: 0, keyword_weight: 0, rerank: false, rerank_model: none };
const automatic = { form: "text_model", language: "", model: none, rules: { mode: "automatic", rules: { pre_processing_rules: [{ id: "remove_extra_spaces", enabled: true }, { id: "remove_urls_emails", enabled: false }], segmentation: { separator: "\\n\\n", max_tokens: 1024, chunk_overlap: 50 } } } };
const parental = { ...automatic, form: "hierarchical_model", rules: { mode: "hierarchical", rules: { ...automatic.rules.rules, parent_mode: "paragraph", subchunk_segmentation: { separator: "\\n", max_tokens: 128 } } } };
const text = (zh, en) => ({ zh, en });
const tag = (n, name, count) => ({ id: id(1100 + n), name, count });
const tags = [tag(1, "制度", 2), tag(2, "设备", 1), tag(3, "English", 1)];
const dataset = (n, name, icon, color, description, counts, extra = {}) => ({
  id: id(1000 + n), name, icon, icon_color: color, description, permission: "all_team_members", members: [], embedding: bge, search, chunking: automatic, built_in_fields: true, api_enabled: true, created_by: id(1), created_by_name: "林晓雯",
  created_at: ago(9e5), updated_by: id(1), updated_at: ago(n * 8000 + 50), space: 1, counts: { documents: 0, available: 0, busy: 0, failed: 0, chunks: 0, hit_count: 0, word_count: 0, ...counts }, tags: [], app_count: 0, ...extra,
});
const sets = [
  dataset(1, "公司制度", "📘", "#E0F1F4", "休假、差旅、报销、采购和信息安全的现行制度，每季度由行政部更新。", { documents: 46, available: 38, busy: 3, failed: 1, chunks: 1284, word_count: 812_400, hit_count: 3021 }, { tags: [tags[0]], app_count: 3 }),
  dataset(2, "华东三厂设备维护手册与历年故障处理记录（含 2019 年以前的纸质档案扫描件）", "🏭", "#FCEFD2", "", { documents: 218, available: 218, chunks: 9120, word_count: 5_310_000, hit_count: 10233 }, { tags: [tags[1]], app_count: 1, created_by_name: "陈启明", chunking: parental }),
  dataset(3, "客服问答", "🎧", "#FBE6F0", "一问一答，来自客服主管整理的表格", { documents: 4, available: 4, chunks: 620, word_count: 88_000, hit_count: 940 }, { embedding: none, space: 0 }),
  dataset(4, "Product handbook", "🧭", "#E3ECFB", "English manuals of the current product line", { documents: 12, available: 12, chunks: 803, word_count: 402_000 }, { tags: [tags[2]], app_count: 1, created_by_name: "David Miller" }),
  dataset(5, "集团知识中台", "🌐", "#E6F3DC", "在集团的 Dify 上", {}, { external: { api_id: id(1200), knowledge_id: "kb-77", settings: { top_k: 4, score_threshold: 0, score_threshold_enabled: false } }, external_name: "集团 Dify", embedding: none, app_count: 1 }),
];
const doc = (n, name, extra = {}) => ({
  id: id(2000 + n), dataset_id: sets[0].id, number: n, name, source: "upload_file", file_id: id(77), batch: "b", position: n, chunking: automatic, metadata: {}, stage: "completed", paused: false, attempts: 0, total: 40, done: 40, enabled: true, archived: false,
  chunks: 12 + ((n * 37) % 90), children: 0, word_count: 4000 + n * 5321, tokens: 2600 + n * 3400, pages: 4 + n, hit_count: (n * 71) % 300, size: 48_000 * n + 9000, created_by: id(1), created_from: "web", created_at: ago(n * 30000 + 60), updated_at: ago(n * 900), started_at: ago(n * 30000 + 50),
  parsed_at: ago(n * 30000 + 48.4), split_at: ago(n * 30000 + 48.2), completed_at: ago(n * 30000 + 31), disabled_at: null, try_at: null, revision: 1, ...extra,
});
const going = { revision: 0, chunks: 0, word_count: 0, tokens: 0, completed_at: null };
const docs = [
  doc(1, "员工休假管理办法（2026 年修订）.pdf", { metadata: { department: "人力资源部", version: 4, effective: 1767225600 }, hit_count: 1284 }),
  doc(2, "差旅报销标准.docx", { metadata: { department: "财务部", version: 2 } }),
  doc(3, "供应商准入与年度评审流程.pptx", { ...going, stage: "indexing", done: 23, total: 68 }),
  doc(4, "2026 年度采购目录.xlsx", { ...going, stage: "parsing" }),
  doc(5, "固定资产盘点扫描件.pdf", { ...going, stage: "error", error: { code: "document_without_text", kind: 1, text: text("文件中没有文字，可能是扫描件；请先做文字识别", "the file holds no text; it may be a scan, so run OCR on it first") } }),
  doc(6, "信息安全管理规范.md", { ...going, stage: "indexing", done: 4, total: 40, wait: text("嵌入模型 bge-m3 暂时无法连接", "the embedding model bge-m3 cannot be reached"), try_at: new Date(Date.now() + 50_000).toISOString(), attempts: 3 }),
  doc(7, "会议室使用须知.txt", { enabled: false }),
  doc(8, "http://intra.example.com/handbook/index.html", { source: "website_crawl", url: "http://intra.example.com/handbook/index.html", file_id: "" }),
  doc(9, "往来邮件-供应商索赔.eml", { archived: true }),
  doc(10, "一个名字非常长的文件，用来确认表格不会因为它而变形或者出现横向滚动条（征求意见稿第三版，含全部附件与历次修改痕迹）.docx"),
  doc(11, "新员工常见问题.csv", { ...going, stage: "waiting", paused: true }),
  doc(12, "安全生产责任制.odt"),
];
const lines = [
  "第二章　年休假\n\n第六条　职工累计工作已满一年不满十年的，年休假为五天；已满十年不满二十年的，年休假为十天；已满二十年的，年休假为十五天。国家法定休假日、休息日不计入年休假的假期。",
  "第七条　年休假在一个年度内可以集中安排，也可以分段安排，一般不跨年度安排。\n\n因工作需要确需跨年度的，应当在当年十二月十五日前由部门负责人书面申请，经人力资源部批准后可以顺延至次年三月三十一日。逾期未休的，视为自动放弃，但因单位原因未能安排的除外。\n\n单位因工作需要不能安排职工休年休假的，经职工本人同意，可以不安排。对职工应休未休的年休假天数，按照该职工日工资收入的百分之三百支付报酬，其中包含正常工作期间的工资收入。\n\n日工资收入按照职工本人的月工资除以月计薪天数（21.75 天）折算。月工资是指职工在支付未休年休假工资报酬前十二个月剔除加班工资后的月平均工资。",
  "| 假别 | 天数 | 审批人 | 材料 |\n| --- | --- | --- | --- |\n| 病假 | 15 个工作日以内 | 部门负责人 | 诊断证明 |\n| 病假 | 超过 15 个工作日 | 部门负责人和人力资源部 | 诊断证明、住院记录 |\n| 婚假 | 13 天 | 部门负责人 | 结婚证 |",
  "第九条　病假超过十五个工作日的，须由部门负责人和人力资源部共同审批，并附二级以上医院的诊断证明。",
];
const chunk = (n, extra = {}) => ({ id: id(3000 + n), dataset_id: sets[0].id, document_id: docs[0].id, position: n, content: lines[(n - 1) % lines.length], heading: ["员工休假管理办法", n < 3 ? "第二章　年休假" : "第三章　病假与事假"], page: 1 + Math.floor(n / 2), word_count: 160, tokens: 90 + n * 13, keywords: [], enabled: true, disabled_at: null, hit_count: (n * 13) % 50, edited: false, hash: "", created_by: id(1), created_at: ago(9e4), updated_at: ago(9e4), ...extra });
const kid = (n, content, edited = false) => ({ id: id(4000 + n), chunk_id: id(3001), position: n, content, word_count: content.length, edited, created_at: ago(9e4), updated_at: ago(9e4) });
const chunks = [
  chunk(1, { children: [kid(1, "第六条　职工累计工作已满一年不满十年的，年休假为五天；"), kid(2, "已满十年不满二十年的，年休假为十天；已满二十年的，年休假为十五天。", true), kid(3, "国家法定休假日、休息日不计入年休假的假期。")] }),
  chunk(2, { edited: true }), chunk(3), chunk(4, { enabled: false }), chunk(5), chunk(6), chunk(7), chunk(8),
];
const fields = { fields: [{ id: id(5001), dataset_id: sets[0].id, name: "department", type: "string", count: 31, created_at: ago(9e5) }, { id: id(5002), dataset_id: sets[0].id, name: "version", type: "number", count: 12, created_at: ago(9e5) }, { id: id(5003), dataset_id: sets[0].id, name: "effective", type: "time", count: 2, created_at: ago(9e5) }], built_in: [] };
const pages = lines.map((l, i) => ({ number: i + 1, name: "", start: Buffer.byteLength(lines.slice(0, i).map((x) => `${x}\n\n`).join("")) }));
const list = (data, total = data.length) => ({ data, total });
const fail = (__status, code, message) => ({ __status, code, message, request_id: "req_7f3a9c" });
let polls = 0;

/** What mock.mjs answers below /console/api for knowledge; undefined for everything else. */
export async function knowledge(scene, method, path, query, body) {
  if (path === "/dataset-tags") return list(scene === "empty" ? [] : tags);
  if (path === "/dataset-keys" || path === "/external-apis") return list([]);
  if (!path.startsWith("/datasets")) return undefined;
  if (scene === "loading") await new Promise((ok) => setTimeout(ok, 8000));
  if (scene === "errors") return fail(500, "internal_error", "islet 内部出错，详情见服务器日志");
  if (path === "/datasets/files") return scene === "refused" && polls++ % 2 === 0 ? fail(400, "format_unsupported", "不支持 .dwg 文件；请转换为 PDF 后再添加") : { id: id(6000 + polls++), name: "x", extension: "pdf", mime: "", size: 1, hash: "", created_at: ago(1) };
  if (path === "/datasets/preview") {
    const mode = body.chunking?.rules?.rules?.segmentation ?? {};
    if (scene === "refused" || mode.max_tokens < 50) return fail(400, "invalid_rules", `segmentation.max_tokens 为 ${mode.max_tokens}，应在 50 到 4000 之间`);
    const form = body.chunking?.form;
    const made = Array.from({ length: 8 }, (_, i) => ({ content: form === "qa_model" ? "年休假有多少天？" : lines[i % 4], ...(form === "qa_model" ? { answer: "已满一年不满十年的五天，已满十年不满二十年的十天，已满二十年的十五天。" } : {}), heading: ["员工休假管理办法", "第二章　年休假"], page: 1 + Math.floor(i / 3), tokens: 88 + i * 41, ...(form === "hierarchical_model" ? { children: lines[i % 4].split(/[；。\n]+/).filter(Boolean) } : {}) }));
    return { title: "", total: 37, chunks: made, pages: 9, tokens: 6120, longest: 498, document: { text: "", length: 9000 } };
  }
  if (path === "/datasets") return method === "POST" ? sets[0] : list(scene === "empty" ? [] : sets.filter((d) => (!query.get("q") || d.name.includes(query.get("q"))) && (!query.get("tag") || d.tags.some((t) => t.id === query.get("tag")))));
  const [, , did, what = "", one = "", inside = "", cid = ""] = path.split("/");
  const found = sets.find((d) => d.id === did);
  if (!found) return fail(404, "not_found", "未找到知识库");
  const d = scene === "words" ? { ...found, embedding: none, space: 0 } : scene === "bare" ? { ...found, counts: { ...found.counts, documents: 0, busy: 0, failed: 0 } } : found;
  const idle = { words: 1284, vectors: 1284, units: 1284, rebuilt: 0, total: 0, building: false, embedding: false, new_model: false, embedded: 1284 };
  if (what === "") return d;
  if (what === "progress") return scene === "stuck" ? { ...idle, vectors: 402, embedded: 402, embedding: true, error: { code: "model_unreachable", kind: 9, text: text("嵌入模型 bge-m3 无法连接：connection refused", "the embedding model bge-m3 cannot be reached: connection refused") }, try_at: new Date(Date.now() + 40_000).toISOString() } : idle;
  if (what === "apps") return list([]);
  if (what === "metadata") return fields;
  if (what === "asked") return list([]);
  if (what === "documents" && one === "") {
    if (method === "POST") { polls = 0; return { batch: "b", documents: docs.slice(0, 6) }; }
    if (query.get("batch")) return list(scene === "busy" ? docs.slice(0, 6).concat(docs[10]) : docs.filter((x) => x.stage === "completed").slice(0, 5).concat(scene === "refused" ? docs[4] : []));
    return scene === "bare" ? list([]) : list(docs.filter((x) => !query.get("q") || x.name.includes(query.get("q"))), query.get("q") ? 1 : 46);
  }
  if (what === "documents" && (one === "do" || one === "metadata")) return {};
  if (what === "documents") {
    const x = docs.find((y) => y.id === one);
    if (!x) return fail(404, "not_found", "未找到文档");
    const doc = scene === "parent" ? { ...x, chunking: parental, children: 31 } : x;
    if (inside === "") return doc;
    if (inside === "text") return doc.revision === 0 ? fail(404, "not_found", "尚未解析") : { title: "", text: lines.map((l) => `${l}\n\n`).join(""), pages };
    if (inside === "chunks" && cid !== "") return chunks.find((c) => c.id === cid) ?? fail(404, "not_found", "未找到分段");
    if (inside === "chunks") return doc.revision === 0 ? list([]) : list(query.get("enabled") === "false" ? chunks.filter((c) => !c.enabled) : chunks, query.get("enabled") ? 1 : 64);
  }
  return {};
}

/** Files that the pictures pick. */
export const picked = [["员工休假管理办法.pdf", "leave.pdf"], ["差旅报销标准.docx", "travel.docx"], ["设备维护记录.txt", "machines-gbk.txt"]].map(([name, file]) => ({ name, mimeType: "application/octet-stream", buffer: readFileSync(new URL(`files/${file}`, import.meta.url)) }));
