package run

import (
	"math/rand/v2"
	"strings"
	"testing"

	"islet/app"
)

// tell is what followers see of pieces, as the text that is on their screen at every moment.
func tell(s Screen, pieces ...string) (shown []string) {
	c, now := newScreen(s), ""
	take := func(evs []app.Event) {
		for _, ev := range evs {
			if ev.Kind == app.EvReplace {
				now = ""
			}
			now += ev.Delta
			shown = append(shown, now)
		}
	}
	for _, p := range pieces {
		take(c.pass(app.Event{Kind: app.EvDelta, Delta: p}))
	}
	take(c.end())
	return shown
}

func last(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[len(s)-1]
}

func TestScreen_noWordIsEverShown(t *testing.T) {
	s := Screen{Words: []string{"Secret", " 机密文件 ", ""}, Reply: "no"}
	for _, c := range []struct {
		pieces []string
		want   string
	}{
		{[]string{"all ", "is ", "well"}, "all is well"},
		{[]string{"a se", "cr", "ET is"}, "no"},
		{[]string{"a sec", "ond"}, "a second"},
		{[]string{"这是机", "密", "文", "件吗", "是"}, "no"},
		{[]string{"这是机", "密的"}, "这是机密的"},
		{[]string{"ends in secre"}, "ends in secre"},
		{[]string{"secsecret"}, "no"},
		{nil, ""},
	} {
		shown := tell(s, c.pieces...)
		if got := last(shown); got != c.want {
			t.Errorf("%q ends as %q, want %q", c.pieces, got, c.want)
		}
		for _, text := range shown {
			if c.want == "no" && text != "no" && (strings.Contains(strings.ToLower(text), "secr") || strings.Contains(text, "机密文")) {
				t.Errorf("%q showed %q on the way", c.pieces, text)
			}
		}
	}
	if c := newScreen(Screen{Words: []string{" "}, Reply: "x"}); c != nil || len(c.pass(app.Event{Kind: app.EvDelta, Delta: "a"})) != 1 {
		t.Error("no words are a screen")
	}
}

func TestScreen_cutsNothingOffAnyText(t *testing.T) {
	s := Screen{Words: []string{"abcab", "中文字", "İx", "KelvinK"}, Reply: "no"}
	letters := []rune("abc中文字İiKk ")
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var pieces []string
		for range r.IntN(8) {
			p := make([]rune, r.IntN(5))
			for i := range p {
				p[i] = letters[r.IntN(len(letters))]
			}
			pieces = append(pieces, string(p))
		}
		whole := strings.Join(pieces, "")
		want := whole
		if s.Hit(whole) {
			want = "no"
		}
		if got := last(tell(s, pieces...)); got != want {
			t.Fatalf("%q ends as %q, want %q", pieces, got, want)
		}
	}
}

func TestScreen_nothingIsThoughtAloudAfterAWord(t *testing.T) {
	c := newScreen(Screen{Words: []string{"bad"}, Reply: "no"})
	thought := app.Event{Kind: app.EvThought, Thought: &app.Thought{Thought: "a BAD idea"}}
	if len(c.pass(thought)) != 0 || len(c.pass(app.Event{Kind: app.EvNodeStarted})) != 1 || len(c.pass(app.Event{Kind: app.EvReasoning, Delta: "hm"})) != 1 {
		t.Error("a thought with the word is told, or others are not")
	}
	c.pass(app.Event{Kind: app.EvDelta, Delta: "bad"})
	for _, k := range []app.EventKind{app.EvReasoning, app.EvDelta} {
		if len(c.pass(app.Event{Kind: k, Delta: "more"})) != 0 {
			t.Errorf("%s is told after the word", k)
		}
	}
}
