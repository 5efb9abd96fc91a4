package jinja_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/jinja"
	"islet/app/value"
)

// bound is the longest that anything of this file may take. A template that is stopped by its limits needs a second at most on a
// quiet machine; one without limits would take hours.
const bound = 20 * time.Second

// racing says that the race detector is on, which makes everything ten times slower.
var racing bool

func timed(t *testing.T, template string, vars map[string]any) (string, error) {
	t.Helper()
	start := time.Now()
	got, err := render(template, vars)
	if took := time.Since(start); took > bound && !racing {
		t.Errorf("%s took %v, want %v at most", clip(template), took, bound)
	}
	return got, err
}

func clip(s string) string {
	if len(s) > 90 {
		s = s[:90] + "…"
	}
	return fmt.Sprintf("%q", s)
}

func TestRender_endsWhateverTheTemplate(t *testing.T) {
	if racing {
		t.Skip("one goroutine, and a minute of it with the race detector")
	}
	loops := strings.Repeat("{% for i in range(100000) %}", 5)
	ends := strings.Repeat("{% endfor %}", 5)
	for _, c := range []struct{ template, want string }{
		{loops + ends, "too much work"},
		{loops + "x" + ends, ""},
		{"{% for i in range(100001) %}{% endfor %}", "Range too big"},
		{"{{ range(10**12)|list }}", "Range too big"},
		{"{{ range(-(10**18), 10**18)|sum }}", "Range too big"},
		{"{% for i in range(99999) %}{% for j in range(99999) if false %}{% endfor %}{% endfor %}", "too much work"},
		{"{{ range(99999)|map('string')|map('length')|sum }}{% set ns = namespace(a=range(99999)|list) %}{% for i in range(9999) %}{% set _ = ns.a|sort %}{% endfor %}", "too much work"},
		{"{% set l = [1] %}{% for x in l %}{% set _ = l.append(x) %}{% endfor %}", ""},
		{"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "maximum recursion depth"},
		{"{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "maximum recursion depth"},
		{"{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}", "too much work"},
		{"{% for x in [[]] recursive %}{{ loop([x]) }}{% endfor %}", "maximum recursion depth"},
		{"{% block a %}{{ self.a() }}{% endblock %}", "maximum recursion depth"},
		{"{{ 'a' * 10**9 }}", "MB"},
		{"{{ 10**9 * 'ab' }}", "MB"},
		{"{{ [0] * 10**9 }}", "MB"},
		{"{{ 'a' * 10**40 }}", ""},
		{"{{ 'x'|center(10**9) }}", "MB"},
		{"{{ 'x'.ljust(10**9) }}{{ 'x'.zfill(10**9) }}", "MB"},
		{"{{ 'x\\t'.expandtabs(10**9) }}", "MB"},
		{"{{ 'a\nb'|indent(10**9) }}", "MB"},
		{"{{ [1]|tojson(10**9) }}", "MB"},
		{"{{ '%999999999d' % 1 }}", "width"},
		{"{{ '%0999999999d'|format(1) }}", "width"},
		{"{{ '%.999999999f' % 1.5 }}", "width"},
		{"{{ '%*d' % (999999999, 1) }}", "width"},
		{"{{ '{:999999999}'.format(1) }}", "width"},
		{"{{ '{:{}}'.format(1, 999999999) }}", "width"},
		{"{{ ('%99999d' * 9999) % ((1,) * 9999) }}", "MB"},
		{"{{ 9**(9**9) }}", "too large"},
		{"{{ 2**(10**10) }}", "too large"},
		{"{% set ns = namespace(x=3) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x }}", "too large"},
		{"{{ 10**5000 }}", "4300 digits"},
		{"{{ 2.0**100000 }}", "out of range"},
		{"{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}", "MB"},
		{"{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "MB"},
		{"{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "MB"},
		{"{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "MB"},
		{"{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}", "MB"},
		{"{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|pprint }}", ""},
		{"{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "too much work"},
		{"{% set ns = namespace(x=(1,)) %}{% for i in range(99) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}", ""},
		{"{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "recursion"},
		{"{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}", "Circular"},
		{"{% set l = [] %}{% set _ = l.append(l) %}{{ l|pprint }}", "recursion"},
		{"{% set l = [] %}{% set _ = l.append(l) %}{% set m = [] %}{% set _ = m.append(m) %}{{ l == m }}", "recursion"},
		{"{% set l = [] %}{% set _ = l.append(l) %}{{ l < [l] }}", ""},
		{"{{ 'a'|replace('', 'b' * 1000000)|replace('', 'b' * 1000000) }}", "MB"},
		{"{{ ('a' * 1000000)|replace('a', 'b' * 1000000) }}", "MB"},
		{"{{ ('a' * 1000000)|list|join('b' * 1000) }}", ""},
		{"{{ ('a ' * 1000000)|wordwrap(1) }}", ""},
		{"{{ ('a-' * 1000000)|wordwrap(9) }}", ""},
		{"{{ ('<' * 1000000)|urlize }}", ""},
		{"{{ ('a@' * 1000000)|urlize }}", ""},
		{"{{ ('www.' * 500000)|urlize }}", ""},
		{"{{ ('(' * 500000 ~ ')' * 500000)|urlize|length }}", ""},
		{"{{ ('<' * 3000000)|striptags|length }}", ""},
		{"{{ ('<!--' * 500000)|striptags|length }}", ""},
		{"{{ ('&' * 3000000)|e|length }}", "MB"},
		{"{{ '{}'.format('{' * 1000000) | length }}", ""},
		{"{{ ('{' * 1000000).format() }}", ""},
		{"{{ ('{0[' * 100000).format(1) }}", ""},
		{"{{ lipsum(n=10**9) }}", ""},
		{"{{ lipsum(n=1, min=10**9, max=10**10) }}", ""},
		{"{{ [1]|batch(10**9, 'x')|list }}", "MB"},
		{"{{ [1]|slice(10**9)|list }}", ""},
		{"{{ cycler(*range(99999)).next() }}", ""},
		{"{{ ('1' * 4000000)|int }}", ""},
		{"{{ ('9' * 4300)|int * ('9' * 4300)|int > 0 }}", ""},
		{"{% for i in range(99999) %}{{ ('a' * 4000000)|length }}{% endfor %}", ""},
		{"{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{{ s|upper|length }}{% endfor %}", ""},
		{"{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{{ s.find('b') }}{% endfor %}", ""},
		{"{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{{ s[2000000] }}{% endfor %}", ""},
		{"{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{{ s|wordcount }}{% endfor %}", ""},
		{"{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{{ s.isalpha() }}{% endfor %}", ""},
		{"{% set s = '中' * 1000000 %}{% for i in range(99999) %}{% if s[1:2] == s[-1] %}{% endif %}{% endfor %}", ""},
		{"{% set l = range(99999)|list %}{% for i in range(99999) %}{% set _ = l.pop(0) %}{% endfor %}", ""},
		{"{% set l = [] %}{% for i in range(99999) %}{% set _ = l.insert(0, i) %}{% endfor %}", ""},
		{"{% set d = {} %}{% for i in range(99999) %}{% set _ = d.update({i: i}) %}{% endfor %}{% for i in range(99999) %}{% set _ = d.pop(i) %}{% endfor %}", ""},
		{"{{ " + strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000) + " }}", "nested more than"},
		{"{{ " + strings.Repeat("[", 400000), "nested more than"},
		{"{{ " + strings.Repeat("-", 400000) + "1 }}", "nested more than"},
		{"{{ " + strings.Repeat("not ", 200000) + "1 }}", "nested more than"},
		{"{{ 1" + strings.Repeat(" if 1 else 1", 50000) + " }}", "nested more than"},
		{strings.Repeat("{% if 1 %}", 50000), "nested more than"},
		{"{{ 1" + strings.Repeat("+1", 90000) + " }}", "recursion"},
		{"{{ x" + strings.Repeat(".y", 90000) + " }}", "recursion"},
		{"{{ 1" + strings.Repeat("|e", 90000) + " }}", "recursion"},
		{"{{ f" + strings.Repeat("()", 400000) + " }}", "parts"},
		{"{{ f" + strings.Repeat("()", 60000) + " }}", "recursion"},
		{strings.Repeat("x", 2<<20), "longer than"},
	} {
		got, err := timed(t, c.template, map[string]any{"x": "y"})
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s gives %s, %v, want the error %q", clip(c.template), clip(got), err, c.want)
		}
		if len(got) > 4<<20 {
			t.Errorf("%s writes %d bytes", clip(c.template), len(got))
		}
		if e := app.AsError(err); e != nil && (e.Kind != app.Invalid && e.Kind != app.Refused || e.Text.Zh == "" || strings.Contains(e.Text.En+e.Text.Zh, "%!")) {
			t.Errorf("%s fails with %+v, want Invalid or Refused and whole sentences", clip(c.template), e)
		}
	}
}

func TestRender_reachesNothingOfPythonOrGo(t *testing.T) {
	vars := map[string]any{"s": "text", "o": value.NewObject("a", 1), "f": app.Attachment{Name: "a.txt"}, "l": []any{1}, "n": 1}
	for template, want := range map[string]string{
		"{{ s.__class__ }}{{ o.__class__ }}{{ l['__class__'] }}{{ n.__class__ }}": "",
		"{{ f.Name }}{{ f.File }}{{ o.Keys }}{{ o.Len }}{{ o.MarshalJSON }}":      "",
		"{{ s|attr('__class__') }}{{ ''|attr('__init__') }}":                      "",
		"{{ [s]|map(attribute='__class__')|join }}":                               "",
		"{{ range.__globals__ }}{{ cycler.__init__ }}{{ lipsum.__globals__ }}":    "",
		"{{ self.__init__ }}{{ self._TemplateReference__context }}":               "",
		"{{ {}.__class__ is defined }}":                                           "False",
	} {
		if got, err := timed(t, template, vars); err != nil || got != want {
			t.Errorf("%q = %q, %v, want %q", template, got, err, want)
		}
	}
	for _, template := range []string{
		"{{ s.__class__.__mro__ }}", "{{ cycler.__init__.__globals__.os.popen('id').read() }}", "{{ o.Set('b', 1) }}", "{{ f.Name() }}",
		"{{ '{0.__class__}'.format(s) }}", "{{ '{0.upper.__self__}'.format(s) }}", "{{ '{a.b}'.format_map({'a': s}) }}",
		"{{ self._context }}{{ self.x.y }}", "{{ config.x }}", "{{ request.x }}", "{{ get_flashed_messages() }}",
		"{% include '/etc/passwd' %}", "{% import '/etc/passwd' as p %}", "{% extends 'x' %}", "{% from 'x' import y %}",
		"{% if false %}{% include 'x' %}{% endif %}",
	} {
		if got, err := timed(t, template, vars); err == nil {
			t.Errorf("%q = %q, want an error", template, got)
		}
	}
}

func TestRender_neverRendersAValue(t *testing.T) {
	evil := "{{ 7*7 }}{% for i in range(9) %}{{ secret }}{% endfor %}{# c #}"
	vars := map[string]any{"v": evil, "l": []any{evil}, "secret": "S"}
	for _, template := range []string{"{{ v }}", "{{ l[0] }}", "{{ v|string }}", "{{ l|join }}", "{% set x %}{{ v }}{% endset %}{{ x }}",
		"{% macro m(a) %}{{ a }}{% endmacro %}{{ m(v) }}", "{% filter trim %}{{ v }}{% endfilter %}", "{{ '%s' % v }}", "{{ '{}'.format(v) }}"} {
		if got, err := timed(t, template, vars); err != nil || got != evil {
			t.Errorf("%q = %q, %v, want the value as it is", template, got, err)
		}
	}
}

func TestRender_stopsWithItsContext(t *testing.T) {
	tpl, err := jinja.Parse("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = tpl.Render(ctx, nil); !errors.Is(err, context.Canceled) || app.KindOf(err) != app.Canceled {
		t.Errorf("a cancelled rendering ends with %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err = tpl.Render(ctx, nil); !errors.Is(err, context.DeadlineExceeded) || app.KindOf(err) != app.Timeout {
		t.Errorf("a rendering out of time ends with %v", err)
	}
	if took := time.Since(start); took > bound/4 && !racing {
		t.Errorf("a rendering out of time ends after %v", took)
	}
}

func TestTemplate_isSharedByGoroutines(t *testing.T) {
	tpl, err := jinja.Parse("{% set ns = namespace(n=0) %}{% for x in xs %}{% set ns.n = ns.n + x %}{% set _ = o.l.append(x) %}{% endfor %}{{ who }}:{{ ns.n }}:{{ o.l|length }}")
	if err != nil {
		t.Fatal(err)
	}
	shared := value.NewObject("l", []any{int64(0)})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			want := fmt.Sprintf("w%d:6:4", i)
			for range 50 {
				got, err := tpl.Render(context.Background(), map[string]any{"who": fmt.Sprintf("w%d", i), "xs": []any{1, 2, 3}, "o": shared})
				if err != nil || got != want {
					t.Errorf("Render() = %q, %v, want %q", got, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "{{ a }}", "{% for i in x %}{{ i|upper }}{% endfor %}", "{{ 'a' % 1 }}", "{% raw %}{% endraw %}", "{{ {'a': [1, 2][0]} }}",
		"{% macro m(a, b=1) %}{{ varargs }}{% endmacro %}{% call m(1) %}{% endcall %}", "{{ '{:>{}}'.format(1, 2) }}", "{{ x[::-1] ~ -1 ** 2 }}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		late := time.AfterFunc(5*bound, func() { panic("a template that does not end: " + s) })
		defer late.Stop()
		_, err := render(s, map[string]any{"x": []any{1, "a", nil}, "a": value.NewObject("b", 1.5)})
		if err != nil && strings.Contains(err.Error(), "cannot be rendered") {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func BenchmarkParseRender(b *testing.B) {
	const source = `# {{ title }}
{% for d in docs -%}
[{{ loop.index }}] {{ d.content|trim }} ({{ d.source|default("?") }}, {{ "%.2f"|format(d.score) }})
{% endfor -%}
{% if docs|length > 3 %}more{% else %}{{ docs|map(attribute="source")|join(", ") }}{% endif %}`
	doc := func(s string) any { return value.NewObject("content", " 内容 "+s, "source", s, "score", 0.5) }
	vars := map[string]any{"title": "报告", "docs": []any{doc("a"), doc("b"), doc("c")}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := render(source, vars); err != nil {
			b.Fatal(err)
		}
	}
}
