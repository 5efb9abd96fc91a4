package encoder

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"islet/app"
	"islet/app/model/builtin/tokenizer"
)

const (
	configFile    = "config.json"
	tokenizerFile = "tokenizer.json"
	modulesFile   = "modules.json"
	sentenceFile  = "sentence_bert_config.json"
	promptFile    = "config_sentence_transformers.json"
)

// fileMost bounds the JSON files of a folder, in bytes; tokenizers of 250 000 pieces have 17 MB.
const fileMost = 128 << 20

// folder is a model on disk, without its weights.
type folder struct {
	config config
	tokens *tokenizer.Tokenizer
	pool   pooling
	most   int // tokens that sentence-transformers was told to allow; 0 where it says nothing
	lower  bool
	unit   bool
	prompt string
}

// config is config.json, as far as it matters.
type config struct {
	Kind        string  `json:"model_type"`
	Hidden      int     `json:"hidden_size"`
	Layers      int     `json:"num_hidden_layers"`
	Heads       int     `json:"num_attention_heads"`
	Inner       int     `json:"intermediate_size"`
	Positions   int     `json:"max_position_embeddings"`
	Types       int     `json:"type_vocab_size"`
	Epsilon     float64 `json:"layer_norm_eps"`
	Activation  string  `json:"hidden_act"`
	PositionsAs string  `json:"position_embedding_type"`
	Pad         int     `json:"pad_token_id"`
	Decoder     bool    `json:"is_decoder"`
	Normalise   *bool   `json:"normalize"` // model2vec
}

// pooling is how the vectors of the tokens become one.
type pooling string

const (
	meanPooling pooling = "mean"
	clsPooling  pooling = "cls"
	maxPooling  pooling = "max"
)

// readFolder reads all files of a folder but the weights.
func readFolder(dir string) (*folder, error) {
	f := &folder{config: config{Kind: "bert", Epsilon: 1e-12, Activation: "gelu", PositionsAs: "absolute"}, pool: meanPooling, unit: true}
	if err := readJSON(dir, configFile, &f.config); err != nil {
		return nil, err
	}
	raw, err := readFile(dir, tokenizerFile)
	if err != nil {
		return nil, err
	}
	if f.tokens, err = tokenizer.Parse(raw); err != nil {
		return nil, fault(tokenizerFile, "%v", "无法使用：%v", err)
	}
	if f.static() {
		f.unit = f.config.Normalise == nil || *f.config.Normalise
		return f, nil
	}
	if err := f.sentence(dir); err != nil {
		return nil, err
	}
	return f, f.modules(dir)
}

// static tells whether the model is a table of vectors.
func (f *folder) static() bool { return f.config.Kind == "model2vec" }

// sentence reads what sentence-transformers says of length, capitals and prompts; both files may be absent.
func (f *folder) sentence(dir string) error {
	var s struct {
		Length int  `json:"max_seq_length"`
		Lower  bool `json:"do_lower_case"`
	}
	if err := optional(readJSON(dir, sentenceFile, &s)); err != nil {
		return err
	}
	f.most, f.lower = s.Length, s.Lower
	var p struct {
		Prompts map[string]string `json:"prompts"`
		Default string            `json:"default_prompt_name"`
	}
	if err := optional(readJSON(dir, promptFile, &p)); err != nil {
		return err
	}
	f.prompt = p.Prompts[p.Default]
	return nil
}

// modules reads what follows the transformer. Without modules.json the mean of the tokens is taken, with length 1.
func (f *folder) modules(dir string) error {
	var list []struct {
		Path string `json:"path"`
		Type string `json:"type"`
	}
	err := readJSON(dir, modulesFile, &list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	f.unit = false
	for _, m := range list {
		switch name := m.Type[strings.LastIndexByte(m.Type, '.')+1:]; name {
		case "Transformer":
		case "Pooling":
			if err := f.pooling(dir, m.Path); err != nil {
				return err
			}
		case "Normalize":
			f.unit = true
		default:
			return fault(modulesFile, "it asks for the module %s; Transformer, Pooling and Normalize can be computed", "需要模块 %s；只支持 Transformer、Pooling 和 Normalize", name)
		}
	}
	return nil
}

func (f *folder) pooling(dir, sub string) error {
	if !filepath.IsLocal(sub) {
		return fault(modulesFile, "the path %q leads out of the folder", "路径 %q 超出模型文件夹", sub)
	}
	var p struct {
		Mode string `json:"pooling_mode"`
		CLS  bool   `json:"pooling_mode_cls_token"`
		Mean bool   `json:"pooling_mode_mean_tokens"`
		Max  bool   `json:"pooling_mode_max_tokens"`
		Sqrt bool   `json:"pooling_mode_mean_sqrt_len_tokens"`
		Wt   bool   `json:"pooling_mode_weightedmean_tokens"`
		Last bool   `json:"pooling_mode_lasttoken"`
	}
	name := filepath.ToSlash(filepath.Join(sub, configFile))
	if err := readJSON(dir, name, &p); err != nil {
		return err
	}
	modes := map[pooling]bool{clsPooling: p.CLS, meanPooling: p.Mean, maxPooling: p.Max, "mean_sqrt_len": p.Sqrt, "weightedmean": p.Wt, "lasttoken": p.Last}
	if p.Mode != "" {
		modes = map[pooling]bool{pooling(p.Mode): true}
	}
	f.pool = ""
	for mode, on := range modes {
		if !on {
			continue
		}
		if f.pool != "" {
			return fault(name, "it asks for two ways of pooling at once, which cannot be computed", "同时要求两种池化方式，无法计算")
		}
		f.pool = mode
	}
	switch f.pool {
	case meanPooling, clsPooling, maxPooling:
		return nil
	}
	return fault(name, "it asks for the pooling %q; mean, cls and max can be computed", "要求的池化方式为 %q；只支持 mean、cls 和 max", f.pool)
}

func readFile(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	stat, err := os.Stat(path)
	if err != nil {
		return nil, missing(name, err)
	}
	if stat.Size() > fileMost {
		return nil, fault(name, "it has %d MB; such a file is at most %d MB", "大小为 %d MB；此类文件最大 %d MB", stat.Size()>>20, fileMost>>20)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fault(name, "it cannot be read", "无法读取").Because(err)
	}
	return raw, nil
}

// missing is the error of a file that cannot be opened; it keeps the cause, so that an optional one can be told.
func missing(name string, err error) *app.Error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault(name, "the file is missing; copy it into the folder too", "缺少该文件；请将其一并复制到文件夹中").Because(err)
	}
	return fault(name, "it cannot be read; check the rights of the file", "无法读取；请检查文件权限").Because(err)
}

// optional forgives a file that is absent.
func optional(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func readJSON(dir, name string, v any) error {
	raw, err := readFile(dir, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fault(name, "it is not the JSON that is expected there: %v", "JSON 内容不符合要求：%v", err)
	}
	return nil
}

// lowered is a text in small letters.
func lowered(s string) string { return strings.ToLower(s) }
