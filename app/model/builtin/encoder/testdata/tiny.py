"""Makes the folders tiny-* with small random weights, and tiny.json with the vectors that numpy computes from them.

Tokens come from independent programs: of WordPiece from npm's @huggingface/tokenizers (tokens.mjs), of Unigram from
SentencePiece itself, which also trains the vocabulary and compiles the table of rewritings.

    apt-get install python3-numpy python3-sentencepiece && python3 tiny.py FOLDER_WITH_NODE_MODULES
"""
import base64, json, math, os, shutil, struct, subprocess, sys, tempfile
import numpy as np
import sentencepiece as spm

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)

TEXTS = [
    "hello world", "Hello, World!", "The cat sat on the mat.", "unbelievable happenings", "Where is the invoice of the 3rd month?",
    "你好，世界", "向量检索 and search", "naïve café", "tabs\tand\nlines  twice", "", "zzz ☃ zzz", "ＡＢＣ ﬁne ①",
    "one two three " * 12, "[SEP] the cat [MASK]",
]


def words():
    text = "the cat sat on the mat hello world where is the invoice of a month and search one two three lines twice tabs fine happen ing ings un believ able"
    return sorted(set(text.split()))


def wordpiece():
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab += list("abcdefghijklmnopqrstuvwxy0123456789,.!?") + ["你", "好", "世", "界", "，"]
    vocab += ["##" + c for c in "abcdefghijklmnopqrstuvwxy0123456789"] + ["##ing", "##ings", "##able", "##believ"] + words()
    return {w: i for i, w in enumerate(dict.fromkeys(vocab))}


def bert_tokenizer(lower=True, template=True):
    vocab = wordpiece()
    special = [{"id": vocab[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
               for t in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]]
    post = {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [], "special_tokens": {t: {"id": t, "ids": [vocab[t]], "tokens": [t]} for t in ["[CLS]", "[SEP]"]}}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
            "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": lower},
            "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": post if template else None,
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab}}


def field(data, wanted):
    """The bytes of one field of a protobuf message."""
    at = 0
    def varint():
        nonlocal at
        n = shift = 0
        while True:
            b = data[at]; at += 1
            n |= (b & 127) << shift; shift += 7
            if b < 128: return n
    while at < len(data):
        key = varint()
        if key & 7 == 2:
            size = varint(); value = data[at:at + size]; at += size
            if key >> 3 == wanted: return value
        elif key & 7 == 0: varint()
        else: at += {1: 8, 5: 4}[key & 7]
    return b""


def sentencepiece():
    """A vocabulary trained on a few sentences, with some rewritings: full width to half width, a ligature, white space."""
    tmp = tempfile.mkdtemp()
    lines = ["the cat sat on the mat", "hello world", "where is the invoice of the month", "search and find", "one two three lines",
             "你好世界", "向量检索", "你好，检索世界", "fine tabs and lines twice", "unbelievable happenings", "the world is fine", "abc ABC 123 naive cafe"] * 20
    open(tmp + "/t.txt", "w").write("\n".join(lines))
    rules = [(0xFF21 + i, 0x41 + i) for i in range(26)] + [(0xFB01, (0x66, 0x69)), (0x2460, 0x31), (0x09, 0x20), (0x0A, 0x20), (0xEF, 0x69), (0x3000, 0x20)]
    with open(tmp + "/n.tsv", "w") as f:
        for src, dst in rules:
            dst = dst if isinstance(dst, tuple) else (dst,)
            f.write("%X\t%s\n" % (src, " ".join("%X" % d for d in dst)))
        f.write("65 301\tE9\n")  # e with a combining accent
    spm.SentencePieceTrainer.train(input=tmp + "/t.txt", model_prefix=tmp + "/m", vocab_size=90, model_type="unigram", character_coverage=1.0,
                                   normalization_rule_tsv=tmp + "/n.tsv", hard_vocab_limit=False, minloglevel=2, num_threads=1)
    sp = spm.SentencePieceProcessor(model_file=tmp + "/m.model")
    charsmap = field(field(open(tmp + "/m.model", "rb").read(), 3), 2)
    shutil.rmtree(tmp)
    return sp, base64.b64encode(charsmap).decode()


def xlmr_tokenizer(sp, charsmap):
    pieces = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]]
    pieces += [[sp.id_to_piece(i), sp.get_score(i)] for i in range(3, sp.get_piece_size())]
    mask = len(pieces)
    pieces.append(["<mask>", 0.0])
    special = [{"id": i, "content": t, "single_word": False, "lstrip": t == "<mask>", "rstrip": False, "normalized": False, "special": True}
               for i, t in [(0, "<s>"), (1, "<pad>"), (2, "</s>"), (3, "<unk>"), (mask, "<mask>")]]
    return {"version": "1.0", "truncation": {"max_length": 24, "strategy": "LongestFirst", "stride": 0}, "padding": None, "added_tokens": special,
            "normalizer": {"type": "Precompiled", "precompiled_charsmap": charsmap},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
                              {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True, "prepend_scheme": "always"}]},
            "post_processor": {"type": "TemplateProcessing",
                               "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                               "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
            "decoder": None, "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces}}


def rounded(a, kind):
    a = a.astype("<f4")
    if kind == "F16": return a.astype("<f2")
    if kind == "BF16": return (a.view("<u4") >> 16).astype("<u2")
    return a


def widened(a, kind):
    if kind == "BF16": return (a.astype("<u4") << 16).view("<f4").astype("f8")
    return a.astype("f8")


def save(path, tensors, kinds):
    head, data = {"__metadata__": {"format": "pt"}}, b""
    for name, a in tensors.items():
        raw = a.tobytes()
        head[name] = {"dtype": kinds[name], "shape": list(a.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    h = json.dumps(head).encode()
    h += b" " * (-len(h) % 8)
    open(path, "wb").write(struct.pack("<Q", len(h)) + h + data)


def weights(cfg, prefix, kind):
    d, inner, t = cfg["hidden_size"], cfg["intermediate_size"], {}
    def lin(name, o, i):
        t[name + ".weight"], t[name + ".bias"] = rng.normal(0, 0.3, (o, i)), rng.normal(0, 0.1, o)
    def ln(name): t[name + ".weight"], t[name + ".bias"] = rng.normal(1, 0.1, d), rng.normal(0, 0.1, d)
    e = "embeddings."
    t[e + "word_embeddings.weight"] = rng.normal(0, 1, (cfg["vocab_size"], d))
    t[e + "position_embeddings.weight"] = rng.normal(0, 0.3, (cfg["max_position_embeddings"], d))
    t[e + "token_type_embeddings.weight"] = rng.normal(0, 0.3, (cfg["type_vocab_size"], d))
    ln(e + "LayerNorm")
    for i in range(cfg["num_hidden_layers"]):
        at = "encoder.layer.%d." % i
        for n in ["query", "key", "value"]: lin(at + "attention.self." + n, d, d)
        lin(at + "attention.output.dense", d, d); ln(at + "attention.output.LayerNorm")
        lin(at + "intermediate.dense", inner, d); lin(at + "output.dense", d, inner); ln(at + "output.LayerNorm")
    lin("pooler.dense", d, d)
    return {prefix + k: rounded(v, kind) for k, v in t.items()}


erf = np.vectorize(math.erf)
ACT = {"gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))), "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))), "relu": lambda x: np.maximum(x, 0)}


def forward(cfg, t, ids, first):
    """The states of all tokens, in double precision, one head after another."""
    d, heads = cfg["hidden_size"], cfg["num_attention_heads"]
    def ln(x, name):
        m = x.mean(-1, keepdims=True)
        return (x - m) / np.sqrt(((x - m) ** 2).mean(-1, keepdims=True) + cfg["layer_norm_eps"]) * t[name + ".weight"] + t[name + ".bias"]
    def lin(x, name): return x @ t[name + ".weight"].T + t[name + ".bias"]
    n = len(ids)
    x = t["embeddings.word_embeddings.weight"][ids] + t["embeddings.position_embeddings.weight"][first:first + n] + t["embeddings.token_type_embeddings.weight"][0]
    x = ln(x, "embeddings.LayerNorm")
    for i in range(cfg["num_hidden_layers"]):
        at = "encoder.layer.%d." % i
        q, k, v = (lin(x, at + "attention.self." + s).reshape(n, heads, d // heads) for s in ["query", "key", "value"])
        outs = []
        for h in range(heads):
            s = q[:, h] @ k[:, h].T / math.sqrt(d // heads)
            p = np.exp(s - s.max(-1, keepdims=True)); p /= p.sum(-1, keepdims=True)
            outs.append(p @ v[:, h])
        x = ln(x + lin(np.concatenate(outs, -1), at + "attention.output.dense"), at + "attention.output.LayerNorm")
        x = ln(x + lin(ACT[cfg["hidden_act"]](lin(x, at + "intermediate.dense")), at + "output.dense"), at + "output.LayerNorm")
    return x


def js(folder, special=True, texts=TEXTS):
    out = subprocess.run(["node", os.path.join(sys.argv[1], "tokens.mjs"), os.path.join(folder, "tokenizer.json"), "all" if special else "plain"],
                         input="\n".join(json.dumps(t) for t in texts), capture_output=True, text=True, check=True).stdout
    return [json.loads(l) for l in out.splitlines()]


def cut(ids, most): return ids if len(ids) <= most else ids[:most - 1] + ids[-1:]


def write(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        json.dump(content, open(os.path.join(folder, name), "w"), ensure_ascii=False, indent=None if name == "tokenizer.json" else 1)


def modules(*names): return [{"idx": i, "name": str(i), "path": "" if n == "Transformer" else "%d_%s" % (i, n), "type": "sentence_transformers.models." + n} for i, n in enumerate(names)]


def unit(v): return v / np.linalg.norm(v)


golden = []


def note(folder, text, ids, v): golden.append({"folder": os.path.basename(folder), "text": text, "tokens": len(ids), "vector": [round(float(x), 7) for x in v]})


def bert(name, kind, prefix, act, pool, files, most):
    folder = os.path.join(here, name)
    cfg = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(wordpiece()), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
           "intermediate_size": 32, "max_position_embeddings": 32, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": act, "position_embedding_type": "absolute", "pad_token_id": 0}
    write(folder, {"config.json": cfg, "tokenizer.json": bert_tokenizer(), **files})
    t = weights(cfg, prefix, kind)
    save(os.path.join(folder, "model.safetensors"), t, {k: kind for k in t})
    wide = {k[len(prefix):]: widened(v, kind) for k, v in t.items()}
    for text, ids in zip(TEXTS, js(folder)):
        ids = cut(ids, most)
        note(folder, text, ids, pool(forward(cfg, wide, ids, 0)))


bert("tiny-bert", "F32", "", "gelu", lambda x: x.mean(0),
     {"modules.json": modules("Transformer", "Pooling"), "1_Pooling/config.json": {"word_embedding_dimension": 16, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True},
      "sentence_bert_config.json": {"max_seq_length": 20, "do_lower_case": False}}, 20)
bert("tiny-plain", "BF16", "bert.", "gelu_new", lambda x: unit(x.mean(0)), {}, 32)

sp, charsmap = sentencepiece()
folder = os.path.join(here, "tiny-xlmr")
tok = xlmr_tokenizer(sp, charsmap)
cfg = {"architectures": ["XLMRobertaModel"], "model_type": "xlm-roberta", "vocab_size": len(tok["model"]["vocab"]), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
       "intermediate_size": 24, "max_position_embeddings": 34, "type_vocab_size": 1, "layer_norm_eps": 1e-05, "hidden_act": "gelu", "position_embedding_type": "absolute", "pad_token_id": 1}
write(folder, {"config.json": cfg, "tokenizer.json": tok, "modules.json": modules("Transformer", "Pooling", "Normalize"),
               "1_Pooling/config.json": {"word_embedding_dimension": 16, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
               "config_sentence_transformers.json": {"prompts": {"query": "find ", "passage": ""}, "default_prompt_name": "query"}})
t = weights(cfg, "", "F16")
save(os.path.join(folder, "model.safetensors"), t, {k: "F16" for k in t})
wide = {k: widened(v, "F16") for k, v in t.items()}
fused = lambda ids: [i for n, i in enumerate(ids) if not (i == 3 and n and ids[n - 1] == 3)]
for text in TEXTS:
    if "[SEP]" in text: continue
    ids = [0] + fused([3 if i == 0 else i + 1 for i in sp.encode("find " + text)]) + [2]
    ids = cut(ids, 24)
    note(folder, text, ids, unit(forward(cfg, wide, ids, 2)[0]))

folder = os.path.join(here, "tiny-potion")
vocab = wordpiece()
write(folder, {"config.json": {"model_type": "model2vec", "architectures": ["StaticModel"], "hidden_dim": 12, "seq_length": 1000000, "normalize": True}, "tokenizer.json": bert_tokenizer(template=False)})
table, scale, mapping = rng.normal(0, 1, (60, 12)).astype("<f4"), rng.uniform(0.1, 2, len(vocab)).astype("<f4"), rng.integers(0, 60, len(vocab)).astype("<i8")
save(os.path.join(folder, "model.safetensors"), {"embeddings": table, "weights": scale, "mapping": mapping}, {"embeddings": "F32", "weights": "F32", "mapping": "I64"})
for text, ids in zip(TEXTS, js(folder, False)):
    ids = [i for i in ids if i != vocab["[UNK]"]]
    v = (table[mapping[ids]] * scale[ids][:, None]).astype("f8").mean(0) if ids else np.zeros(12)
    note(folder, text, ids, v / (np.linalg.norm(v) + 1e-32))

open(os.path.join(here, "tiny.json"), "w").write("[\n" + ",\n".join(json.dumps(g, ensure_ascii=False) for g in golden) + "\n]\n")
