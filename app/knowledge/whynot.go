package knowledge

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"islet/app"
	"islet/store"
)

// WhyNot asks why a passage was not found: the search that was done, and the passage, by a chunk or by its text.
type WhyNot struct {
	Query
	Document app.ID // of Chunk
	Chunk    app.ID
	Passage  string // text that should have been found; used where Chunk is empty
}

// minPassage is how much text says which passage is meant, in letters.
const minPassage = 6

// WhyNot finds the stage at which a passage was lost, in the order from the file to the answer, and says what would have
// found it. The search is done again with all candidates, so that ranks and scores are the real ones.
func (k *Knowledge) WhyNot(ctx context.Context, w WhyNot) (*app.Diagnosis, error) {
	if len(w.Datasets) != 1 {
		return nil, app.Errorf(app.Invalid, "one_dataset", "ask about one dataset at a time", "请一次只诊断一个知识库")
	}
	w.Source = "" // a diagnosis is no search
	t := &tracer{k: k, w: &w, dataset: w.Datasets[0]}
	if d, err := t.locate(ctx); d != nil || err != nil {
		return d, err
	}
	if d := t.state(); d != nil {
		return d, nil
	}
	return t.search(ctx)
}

// tracer follows one passage.
type tracer struct {
	k       *Knowledge
	w       *WhyNot
	dataset app.ID
	doc     *app.Document
	chunk   *app.Chunk
}

// bare is a text as passages are compared: letters and digits only, folded. So neither Markdown nor line breaks matter.
func bare(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// locate finds the chunk that holds the passage, or says why there is none.
func (t *tracer) locate(ctx context.Context) (*app.Diagnosis, error) {
	if t.w.Chunk != "" {
		return nil, t.k.db.View(ctx, func(s *store.Snapshot) (err error) {
			if t.doc, err = s.Document(t.dataset, t.w.Document); err != nil {
				return err
			}
			t.chunk, err = s.Chunk(t.doc, t.w.Chunk)
			return err
		})
	}
	want := bare(t.w.Passage)
	if len([]rune(want)) < minPassage {
		return nil, app.Errorf(app.Invalid, "passage_too_short", "give at least %d letters of the passage", "请至少输入片段中的 %d 个字", minPassage)
	}
	docs, err := t.documents(ctx)
	if err != nil {
		return nil, err
	}
	var holder *app.Document // whose text has the passage, though no chunk has it whole
	var pieces []*app.Chunk
	for _, doc := range docs {
		if err := ctx.Err(); err != nil {
			return nil, searchFailed(err)
		}
		found, parts, err := t.lookInChunks(ctx, doc, want)
		if err != nil {
			return nil, err
		}
		if found != nil {
			t.doc, t.chunk = doc, found
			return nil, nil //nolint:nilnil // nothing is lost so far
		}
		if holder == nil && t.inText(ctx, doc, want) {
			holder, pieces = doc, parts
		}
	}
	return t.absent(docs, holder, pieces), nil
}

func (t *tracer) documents(ctx context.Context) (docs []*app.Document, err error) {
	err = t.k.db.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Dataset(t.dataset); err != nil {
			return err
		}
		docs, _, err = s.Documents(t.dataset, store.DocumentFilter{Sort: "position", Limit: 1 << 30})
		return err
	})
	return docs, err
}

// lookInChunks finds the chunk of a document that holds the whole passage, else those that hold parts of it. One that can be
// found is preferred to one that is switched off.
func (t *tracer) lookInChunks(ctx context.Context, doc *app.Document, want string) (found *app.Chunk, parts []*app.Chunk, err error) {
	if doc.Revision == 0 {
		return nil, nil, nil
	}
	var chunks []*app.Chunk
	err = t.k.db.View(ctx, func(s *store.Snapshot) error {
		chunks, _, err = s.Chunks(doc, store.ChunkFilter{Limit: 1 << 30})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	head, tail := ends(want)
	for _, c := range chunks {
		has := bare(c.Content + "\n" + c.Answer)
		switch {
		case strings.Contains(has, want):
			if found == nil || !found.Enabled && c.Enabled {
				found = c
			}
		case strings.Contains(has, head) || strings.Contains(has, tail) || len([]rune(has)) >= minPassage && strings.Contains(want, has):
			parts = append(parts, c)
		}
	}
	return found, parts, nil
}

// ends are the beginning and the end of a passage by which its pieces are recognised.
func ends(want string) (head, tail string) {
	r := []rune(want)
	n := max(min(len(r)/3, 24), minPassage)
	n = min(n, len(r))
	return string(r[:n]), string(r[len(r)-n:])
}

func (t *tracer) inText(ctx context.Context, doc *app.Document, want string) bool {
	text, err := t.k.Text(ctx, t.dataset, doc.ID)
	return err == nil && strings.Contains(bare(text.Text), want)
}

// absent says why no chunk holds the passage.
func (t *tracer) absent(docs []*app.Document, holder *app.Document, pieces []*app.Chunk) *app.Diagnosis {
	switch {
	case holder != nil && (holder.Revision == 0 || holder.Stage != app.Completed && len(pieces) == 0):
		return unfinished(holder)
	case holder != nil && len(pieces) > 1:
		return &app.Diagnosis{Stage: app.LostSplitting, Document: holder, Chunks: pieces,
			Text: app.Textf("the passage is cut into %d chunks of %q; none of them holds it whole", "该片段被切分到了“%[2]s”的 %[1]d 个分段中，没有一个分段包含完整内容", len(pieces), holder.Name),
			Fix:  app.Textf("raise the chunk length or the overlap of this document, or search for one of the pieces", "请增大该文档的分段长度或重叠，或按其中一段检索")}
	case holder != nil:
		return &app.Diagnosis{Stage: app.LostCleaning, Document: holder, Chunks: pieces,
			Text: app.Textf("the file %q holds the passage, but no chunk does: a cleaning rule or an edit removed it", "文件“%s”中有该片段，但没有任何分段包含它：可能被清洗规则或编辑删除", holder.Name),
			Fix:  app.Textf("switch the cleaning rules of this document off and cut it again, or add the passage as a chunk", "请关闭该文档的清洗规则并重新分段，或手动添加该片段")}
	}
	for _, doc := range docs {
		if doc.Stage == app.Erred || doc.Stage.Unfinished() && doc.Revision == 0 {
			d := unfinished(doc)
			d.Text = app.Textf("no finished document holds the passage; %q is not finished: %s", "已完成的文档中没有该片段；“%s”尚未完成：%s", doc.Name, d.Text.En)
			d.Text.Zh = "已完成的文档中没有该片段。" + unfinished(doc).Text.Zh
			return d
		}
	}
	return &app.Diagnosis{Stage: app.LostParsing,
		Text: app.Textf("no document of the dataset holds this text, as its parser read it", "知识库中没有任何文档（按解析结果）包含该文本"),
		Fix:  app.Textf("open the document under Text to see what was read; a scanned page holds no text, and a table may read in another order. If the file is not here, add it", "请在文档的“原文”中查看解析结果：扫描页没有文字，表格的阅读顺序可能不同；如文件不在此知识库中，请先添加")}
}

// unfinished says how far a document is that cannot be found yet.
func unfinished(doc *app.Document) *app.Diagnosis {
	d := &app.Diagnosis{Stage: app.LostIndexing, Document: doc}
	switch {
	case doc.Stage == app.Erred && doc.Error != nil:
		d.Text = app.Textf("the document %[1]q failed: %[2]s", "文档“%[1]s”处理失败：%[3]s", doc.Name, doc.Error.Text.En, doc.Error.Text.In(app.Chinese))
		d.Fix = app.Textf("remove the cause and press Retry", "请排除原因后点击“重试”")
	case doc.Paused:
		d.Text = app.Textf("the document %q is paused", "文档“%s”已暂停", doc.Name)
		d.Fix = app.Textf("press Resume", "请点击“继续”")
	default:
		d.Text = app.Textf("the document %q is still being processed", "文档“%s”仍在处理中", doc.Name)
		d.Fix = app.Textf("wait until it is finished", "请等待处理完成")
	}
	return d
}

// state looks whether the chunk can be found at all.
func (t *tracer) state() *app.Diagnosis {
	off := func(text, fix app.Text) *app.Diagnosis {
		return &app.Diagnosis{Stage: app.LostDisabled, Document: t.doc, Chunks: []*app.Chunk{t.chunk}, Text: text, Fix: fix}
	}
	switch {
	case t.doc.Archived:
		return off(app.Textf("the document %q is archived", "文档“%s”已归档", t.doc.Name), app.Textf("take it out of the archive", "请取消归档"))
	case !t.doc.Enabled:
		return off(app.Textf("the document %q is switched off", "文档“%s”已停用", t.doc.Name), app.Textf("switch it on", "请启用该文档"))
	case !t.chunk.Enabled:
		return off(app.Textf("the chunk is switched off", "该分段已停用"), app.Textf("switch the chunk on", "请启用该分段"))
	}
	return nil
}

// whyFetch is how many units a diagnosis looks at.
const whyFetch = 20_000

// search does the search with all candidates and looks where the chunk is among them.
func (t *tracer) search(ctx context.Context) (*app.Diagnosis, error) {
	d := &app.Diagnosis{Document: t.doc, Chunks: []*app.Chunk{t.chunk}}
	if out, err := t.filtered(ctx); err != nil || out != nil {
		return out, err
	}
	real, err := t.k.rank(ctx, &t.w.Query, 0)
	if err != nil {
		return nil, err
	}
	if i := t.find(real.cut()); i >= 0 {
		c := real.cut()[i]
		d.Stage, d.Rank, d.Score, d.Why = app.LostNowhere, i+1, c.hit.Score, &c.hit.Why
		d.Text = app.Textf("the passage was found, at place %d", "该片段已被检索到，排在第 %d 位", i+1)
		d.Fix = app.Textf("nothing needs to be changed", "无需调整")
		return d, nil
	}
	if i := t.find(real.list); i >= 0 {
		return t.cutOff(d, real, i), nil
	}
	all := t.w.Query
	settings := real.settings
	settings.Rerank = false
	all.Settings = &settings
	wide, err := t.k.rank(ctx, &all, whyFetch)
	if err != nil {
		return nil, err
	}
	if i := t.find(wide.list); i >= 0 {
		return t.tooFar(d, real, wide, i), nil
	}
	return t.noToken(d, real), nil
}

func (t *tracer) find(list []*candidate) int {
	return slices.IndexFunc(list, func(c *candidate) bool { return c.hit.Chunk.ID == t.chunk.ID })
}

// filtered tells whether filter or rights leave the document out.
func (t *tracer) filtered(ctx context.Context) (*app.Diagnosis, error) {
	var ds *app.Dataset
	if err := t.k.db.View(ctx, func(s *store.Snapshot) (err error) { ds, err = s.Dataset(t.dataset); return err }); err != nil {
		return nil, err
	}
	if err := checkFilter(t.w.Filter); err != nil {
		return nil, err
	}
	set, _, err := t.k.allowed(ctx, &t.w.Query, ds)
	if err != nil || set == nil || set[t.doc.Number] {
		return nil, err
	}
	d := &app.Diagnosis{Stage: app.LostFilter, Document: t.doc, Chunks: []*app.Chunk{t.chunk},
		Text: app.Textf("the metadata filter leaves the document %q out", "元数据过滤条件排除了文档“%s”", t.doc.Name),
		Fix:  app.Textf("change the filter or the metadata of the document", "请修改过滤条件或该文档的元数据")}
	if t.w.Filter == nil || len(t.w.Filter.Conditions) == 0 {
		d.Text, d.Fix = app.Textf("you may not see the document %q", "您无权查看文档“%s”", t.doc.Name), app.Textf("ask for the right to it", "请申请相应权限")
	}
	return d, nil
}

// cutOff says what kept a candidate out of the answer: threshold, rerank model or top-k.
func (t *tracer) cutOff(d *app.Diagnosis, r *ranking, i int) *app.Diagnosis {
	c := r.list[i]
	d.Rank, d.Score, d.Why = i+1, c.hit.Score, &c.hit.Why
	switch {
	case r.settings.ThresholdEnabled && c.hit.Score < r.settings.Threshold:
		d.Stage = app.LostThreshold
		d.Text = app.Textf("its score %.3f is below the threshold %.2f", "其得分 %.3f 低于阈值 %.2f", c.hit.Score, r.settings.Threshold)
		d.Fix = app.Textf("lower the threshold to %.2f or switch it off", "请将阈值降到 %.2f 或关闭阈值", max(float64(int(c.hit.Score*100))/100, 0))
		if i+1 > r.topK() {
			d.Fix = app.Textf("lower the threshold to %.2f and raise top-k to %d", "请将阈值降到 %.2f，并将 Top K 提高到 %d", max(float64(int(c.hit.Score*100))/100, 0), i+1)
		}
	case r.reranked && c.base <= r.topK():
		d.Stage = app.LostRerank
		d.Text = app.Textf("the rerank model moved it from place %d to place %d", "重排序模型将其从第 %d 位移到了第 %d 位", c.base, i+1)
		d.Fix = app.Textf("raise top-k to %d, or switch the rerank model off", "请将 Top K 提高到 %d，或关闭重排序", i+1)
	default:
		d.Stage = app.LostTopK
		d.Text = app.Textf("it is at place %d, and top-k is %d", "其排在第 %d 位，而 Top K 为 %d", i+1, r.topK())
		d.Fix = app.Textf("raise top-k to %d, or ask with words of the passage", "请将 Top K 提高到 %d，或使用片段中的词提问", i+1)
	}
	return d
}

// tooFar says that the passage is no candidate of the search.
func (t *tracer) tooFar(d *app.Diagnosis, r, wide *ranking, i int) *app.Diagnosis {
	c := wide.list[i]
	d.Stage, d.Rank, d.Score, d.Why = app.LostCandidate, i+1, c.hit.Score, &c.hit.Why
	if r.reranked {
		d.Text = app.Textf("it is at place %d before reranking, and the rerank model sees the first %d", "重排序之前其排在第 %d 位，而重排序模型只看前 %d 位", i+1, rerankMost)
	} else {
		d.Text = app.Textf("it is at place %d of all passages, too far down to be looked at", "其在全部片段中排第 %d 位，过于靠后，未进入候选", i+1)
	}
	d.Fix = app.Textf("ask with words of the passage, or raise top-k to %d", "请使用片段中的词提问，或将 Top K 提高到 %d", min(i+1, app.MaxTopK))
	return d
}

// noToken says that nothing connects question and passage.
func (t *tracer) noToken(d *app.Diagnosis, r *ranking) *app.Diagnosis {
	d.Stage = app.LostToken
	d.Text = app.Textf("no word of the question is in the passage", "片段中没有问题里的任何词")
	d.Fix = app.Textf("ask with words of the passage, or use an embedding model and search by meaning", "请使用片段中的词提问，或配置嵌入模型并使用语义检索")
	if r.method != app.ByWords {
		d.Text = app.Textf("the passage has no vector yet, and no word of the question is in it", "该片段还没有向量，且不包含问题里的任何词")
		d.Fix = app.Textf("wait until its vectors are made, see the dataset's progress", "请等待向量生成，可在知识库进度中查看")
	}
	return d
}
