package annotation

import (
	"context"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

// Limits of annotations.
const (
	Max         = 10_000 // of one app, and rows of one file
	maxQuestion = 2000   // characters
	maxAnswer   = 20_000
)

// Add makes an annotation of question and answer; a message names where it came from. The same question again changes the answer
// of the annotation that is there.
func (b *Book) Add(ctx context.Context, a *app.Annotation) (*app.Annotation, error) {
	if err := check(a); err != nil {
		return nil, err
	}
	defer b.changed(ctx)
	out := a
	return out, b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if a.Message != "" {
			if _, err := tx.Message(a.Message); err != nil {
				return err
			}
		}
		list, err := tx.AnnotationVectors("")
		if err != nil {
			return err
		}
		key := normal(a.Question)
		for _, v := range list {
			if (normal(v.Question) == key && key != "") || v.Question == a.Question {
				v.Annotation.Question, v.Annotation.Answer = a.Question, a.Answer
				*out = *v.Annotation
				return tx.UpdateAnnotation(out)
			}
		}
		if len(list) >= Max {
			return tooMany
		}
		b.dress(ctx, tx, a)
		return tx.InsertAnnotation(a)
	})
}

var tooMany = app.Errorf(app.Invalid, "too_many_annotations", "an app takes at most %d annotations; delete some first", "一个应用最多 %d 条标注；请先删除一些", Max)

func (b *Book) dress(ctx context.Context, tx *store.Tx, a *app.Annotation) {
	scope := app.ScopeOf(ctx)
	a.ID, a.App, a.CreatedBy, a.CreatedAt, a.UpdatedAt, a.Hits = app.NewID(), scope.App, scope.User, tx.Now(), tx.Now(), 0
}

func check(a *app.Annotation) error {
	a.Question, a.Answer = clean(a.Question), clean(a.Answer)
	switch {
	case a.Question == "":
		return app.Errorf(app.Invalid, "question_missing", "the question is empty", "问题为空")
	case a.Answer == "":
		return app.Errorf(app.Invalid, "answer_missing", "the answer is empty", "回答为空")
	case utf8.RuneCountInString(a.Question) > maxQuestion:
		return app.Errorf(app.Invalid, "question_too_long", "the question is longer than %d characters", "问题超过 %d 个字符", maxQuestion)
	case utf8.RuneCountInString(a.Answer) > maxAnswer:
		return app.Errorf(app.Invalid, "answer_too_long", "the answer is longer than %d characters", "回答超过 %d 个字符", maxAnswer)
	}
	return nil
}

func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }

// Update changes question and answer of an annotation.
func (b *Book) Update(ctx context.Context, id app.ID, question, answer string) (a *app.Annotation, err error) {
	next := &app.Annotation{Question: question, Answer: answer}
	if err := check(next); err != nil {
		return nil, err
	}
	defer b.changed(ctx)
	err = b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if a, err = tx.Annotation(id); err != nil {
			return err
		}
		a.Question, a.Answer = next.Question, next.Answer
		return tx.UpdateAnnotation(a)
	})
	return a, err
}

// Delete removes an annotation with its history.
func (b *Book) Delete(ctx context.Context, id app.ID) error {
	defer b.changed(ctx)
	return b.o.DB.Update(ctx, func(tx *store.Tx) error { return tx.DeleteAnnotation(id) })
}

// Clear removes all annotations of the app.
func (b *Book) Clear(ctx context.Context) error {
	defer b.changed(ctx)
	return b.o.DB.Update(ctx, func(tx *store.Tx) error { return tx.DeleteAnnotations() })
}

// Problem is what is wrong with one row of a file.
type Problem struct {
	Row   int // from 1, as a table program counts them
	Error *app.Error
}

// Imported is what came of a file.
type Imported struct {
	Added    int
	Changed  int // annotations of the same question, which have another answer now
	Problems []Problem
}

// Import adds the rows of a table: the question in the first column, the answer in the second; a heading is left out. Rows that
// will not do are told and the others taken.
func (b *Book) Import(ctx context.Context, rows [][]string) (*Imported, error) {
	if len(rows) > Max+1 {
		return nil, app.Errorf(app.TooLarge, "too_many_rows", "the file has %[1]d rows; at most %[2]d fit", "文件有 %[1]d 行；最多 %[2]d 行", len(rows), Max)
	}
	out := &Imported{Problems: []Problem{}}
	var list []*app.Annotation
	seen := map[string]int{}
	for i, r := range rows {
		if i == 0 && heading(r) || blank(r) {
			continue
		}
		a := &app.Annotation{Question: cell(r, 0), Answer: cell(r, 1)}
		err := check(a)
		if err == nil {
			if first, twice := seen[normal(a.Question)]; twice {
				err = app.Errorf(app.Conflict, "question_twice", "row %d asks the same question", "与第 %d 行的问题相同", first)
			}
		}
		if err != nil {
			out.Problems = append(out.Problems, Problem{i + 1, app.AsError(err)})
			continue
		}
		seen[normal(a.Question)] = i + 1
		list = append(list, a)
	}
	if len(list) == 0 && len(out.Problems) == 0 {
		return nil, app.Errorf(app.Invalid, "file_empty", "the file has no rows; the first column is the question, the second the answer", "文件没有数据；第一列为问题，第二列为回答")
	}
	defer b.changed(ctx)
	return out, b.o.DB.Update(ctx, func(tx *store.Tx) error {
		have, err := tx.AnnotationVectors("")
		if err != nil {
			return err
		}
		known := make(map[string]*app.Annotation, len(have))
		for _, v := range have {
			known[normal(v.Question)] = v.Annotation
		}
		for _, a := range list {
			if old := known[normal(a.Question)]; old != nil {
				old.Question, old.Answer = a.Question, a.Answer
				err = tx.UpdateAnnotation(old)
				out.Changed++
			} else if len(have)+out.Added >= Max {
				return tooMany
			} else {
				b.dress(ctx, tx, a)
				err = tx.InsertAnnotation(a)
				out.Added++
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// cell is a field of a row; the quote that keeps a table program from calculating is no part of it.
func cell(row []string, i int) string {
	if i >= len(row) {
		return ""
	}
	s := row[i]
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@", rune(s[1])) {
		s = s[1:]
	}
	return s
}

func blank(row []string) bool {
	for _, c := range row {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func heading(row []string) bool {
	a, b := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(cell(row, 0), "\uFEFF"))), strings.ToLower(strings.TrimSpace(cell(row, 1)))
	q := a == "question" || a == "问题" || a == "提问"
	return q && (b == "answer" || b == "答案" || b == "回答" || b == "回复")
}

// changed is called after the annotations of the scope's app changed.
func (b *Book) changed(ctx context.Context) {
	scope := app.ScopeOf(ctx)
	b.forget(scope.App)
	b.fill(scope)
}
