package split

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"islet/app"
)

// Form is the shape of the passages, in Dify's words.
type Form string

// The forms.
const (
	General Form = app.FormGeneral // text that is searched and given
	Parent  Form = app.FormParent  // small pieces are searched, the passage around them is given
	QA      Form = app.FormQA      // questions are searched, their answers given
)

// The modes of rules, in Dify's words.
const (
	Automatic    = "automatic"    // along headings, tables, code, lists and sentences; the numbers are ours
	Custom       = "custom"       // at a delimiter
	Hierarchical = "hierarchical" // Custom for the form Parent
)

// What the passages of the form Parent may be.
const (
	Paragraph = "paragraph" // a piece between two delimiters
	FullDoc   = "full-doc"  // the whole document
)

// What may be done to a text before it is cut.
const (
	ExtraSpaces = "remove_extra_spaces"
	Addresses   = "remove_urls_emails"
	stopwords   = "remove_stopwords" // in Dify's API, without effect there and here
)

// The numbers of rules, in tokens.
const (
	MinTokens      = 50
	MaxTokens      = 4000 // Dify's indexing_max_segmentation_tokens_length
	MinChildTokens = 16

	defaultTokens  = 1024
	defaultChild   = 512
	autoTarget     = 500 // of a passage in mode Automatic,
	autoMax        = 1024
	autoOverlap    = 60
	autoChild      = 120 // and of a child of one
	autoChildMax   = 200
	autoTiny       = 48 // a section so short goes with a neighbour, though both be more than the target
	maxDelimiter   = 100
	defaultCut     = "\n\n"
	defaultChildIn = "\n"
)

// Rules say how a document is cleaned and cut. As JSON they are Dify's process_rule. The zero value is the default of the
// mode Automatic.
type Rules struct {
	Mode string `json:"mode"` // "" is Automatic
	Rule Rule   `json:"rules"`
}

// Rule is what a person may set. Mode Automatic reads PreProcessing only.
type Rule struct {
	PreProcessing []PreProcessing `json:"pre_processing_rules"` // nil: ExtraSpaces
	Segmentation  Segmentation    `json:"segmentation"`
	ParentMode    string          `json:"parent_mode,omitempty"` // "" is Paragraph
	Subchunk      Segmentation    `json:"subchunk_segmentation"` // of the children
}

// PreProcessing switches one way of cleaning.
type PreProcessing struct {
	ID      string `json:"id"`
	Enabled bool   `json:"enabled"`
}

// Segmentation says where to cut. A piece between two separators is a passage; a longer one than MaxTokens is cut along its
// structure and repeats up to Overlap tokens of the passage before.
type Segmentation struct {
	Separator string `json:"separator"`     // \n, \t, \r and \\ may be written so; "" is a blank line, for children a line's end
	MaxTokens int    `json:"max_tokens"`    // 0 is 1024, for children 512
	Overlap   int    `json:"chunk_overlap"` // at most half of MaxTokens
}

// UnmarshalJSON reads delimiter and max_length, too, as Dify's pipelines call the first two.
func (s *Segmentation) UnmarshalJSON(data []byte) error {
	type plain Segmentation
	in := struct {
		plain
		Delimiter string `json:"delimiter"`
		MaxLength int    `json:"max_length"`
	}{}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*s = Segmentation(in.plain)
	s.Separator, s.MaxTokens = cmp.Or(s.Separator, in.Delimiter), cmp.Or(s.MaxTokens, in.MaxLength)
	return nil
}

// Default are the rules that a form begins with.
func Default(form Form) Rules {
	r := Rules{Mode: Automatic, Rule: Rule{
		PreProcessing: []PreProcessing{{ID: ExtraSpaces, Enabled: true}, {ID: Addresses}},
		Segmentation:  Segmentation{Separator: `\n\n`, MaxTokens: defaultTokens, Overlap: 50},
	}}
	if form == Parent {
		r.Mode, r.Rule.ParentMode, r.Rule.Segmentation.Overlap = Hierarchical, Paragraph, 0
		r.Rule.Subchunk = Segmentation{Separator: `\n`, MaxTokens: defaultChild}
	}
	return r
}

// Check returns one *app.Error that names everything that is wrong, nil if nothing is.
func (r *Rules) Check(form Form) error {
	var bad []app.Text
	add := func(en, zh string, args ...any) { bad = append(bad, app.Textf(en, zh, args...)) }
	if form != General && form != Parent && form != QA {
		add("doc_form %q is none of text_model, hierarchical_model and qa_model", "doc_form %q 不是 text_model、hierarchical_model 或 qa_model", form)
	}
	switch r.Mode {
	case "", Automatic, Custom:
	case Hierarchical:
		if form == General || form == QA {
			add("mode hierarchical belongs to doc_form hierarchical_model", "hierarchical 模式只能与 hierarchical_model 一起使用")
		}
	default:
		add("mode %q is none of automatic, custom and hierarchical", "mode %q 不是 automatic、custom 或 hierarchical", r.Mode)
	}
	for _, p := range r.Rule.PreProcessing {
		if !slices.Contains([]string{ExtraSpaces, Addresses, stopwords}, p.ID) {
			add("pre_processing_rules: %q is none of remove_extra_spaces and remove_urls_emails", "pre_processing_rules：%q 不是 remove_extra_spaces 或 remove_urls_emails", p.ID)
		}
	}
	if r.Mode == Custom || r.Mode == Hierarchical {
		full := r.filled()
		whole := form == Parent && full.ParentMode == FullDoc
		if !whole {
			full.Segmentation.check("segmentation", MinTokens, MaxTokens, add)
		}
		if form == Parent {
			if full.ParentMode != Paragraph && !whole {
				add("parent_mode %q is neither paragraph nor full-doc", "parent_mode %q 不是 paragraph 或 full-doc", full.ParentMode)
			}
			most := MaxTokens
			if m := full.Segmentation.MaxTokens; !whole && m >= MinTokens {
				most = min(m, most)
			}
			full.Subchunk.check("subchunk_segmentation", MinChildTokens, most, add)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	var en, zh []string
	for _, b := range bad {
		en, zh = append(en, b.En), append(zh, b.Zh)
	}
	return &app.Error{Kind: app.Invalid, Code: "invalid_rules", Text: app.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}}
}

func (s Segmentation) check(name string, least, most int, add func(en, zh string, args ...any)) {
	if s.MaxTokens < least || s.MaxTokens > most {
		add("%s.max_tokens is %d; it must be from %d to %d", "%s.max_tokens 为 %d，应在 %d 到 %d 之间", name, s.MaxTokens, least, most)
	}
	if s.Overlap < 0 || s.Overlap > max(0, s.MaxTokens/2) {
		add("%s.chunk_overlap is %d; it must be from 0 to half of max_tokens", "%s.chunk_overlap 为 %d，应在 0 到 max_tokens 的一半之间", name, s.Overlap)
	}
	if utf8.RuneCountInString(s.Separator) > maxDelimiter {
		add("%s.separator is longer than %d characters", "%s.separator 超过 %d 个字符", name, maxDelimiter)
	}
}

// filled are the rules with the defaults in the place of what was left out, and the separators as they stand in a text.
func (r *Rules) filled() Rule {
	out := r.Rule
	out.ParentMode = cmp.Or(out.ParentMode, Paragraph)
	out.Segmentation = out.Segmentation.filled(defaultTokens, defaultCut)
	out.Subchunk = out.Subchunk.filled(min(defaultChild, max(out.Segmentation.MaxTokens, MinChildTokens)), defaultChildIn)
	return out
}

var escapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\n", `\t`, "\t")

func (s Segmentation) filled(tokens int, cut string) Segmentation {
	s.MaxTokens = cmp.Or(s.MaxTokens, tokens)
	s.Separator = cmp.Or(strings.ReplaceAll(escapes.Replace(s.Separator), "\n\n\n", "\n\n"), cut)
	return s
}

// cleans tells whether a way of cleaning is on.
func (r *Rules) cleans(id string) bool {
	if r.Rule.PreProcessing == nil {
		return id == ExtraSpaces
	}
	return slices.Contains(r.Rule.PreProcessing, PreProcessing{ID: id, Enabled: true})
}
