package jinja

import (
	"slices"
	"strings"
)

// parser turns tokens into statements and expressions. Its grammar is Jinja2's.
type parser struct {
	tokens []token
	pos    int
	line   *int
	blocks map[string]*blockStmt
	nest   int
	soft   bool // inside an if, where an unknown filter is no error until it is used
	loops  int
	tags   []string              // open tags
	ends   [][]string            // what closes them
	uses   []map[string]struct{} // names read in the macros being parsed
}

func (p *parser) cur() *token { return &p.tokens[p.pos] }

func (p *parser) peek() *token { return &p.tokens[min(p.pos+1, len(p.tokens)-1)] }

func (p *parser) next() *token {
	t := p.cur()
	if p.pos < len(p.tokens)-1 {
		p.pos++
	}
	p.arrive()
	return t
}

// arrive looks at the token the parser has come to.
func (p *parser) arrive() {
	t := p.cur()
	*p.line = t.line
	if t.kind == tokError {
		panic(t.err)
	}
}

func (p *parser) is(kind string) bool { return p.cur().kind == kind }

func (t *token) word(w string) bool { return t.kind == tokName && t.text == w }

func (p *parser) skip(kind string) bool {
	if p.is(kind) {
		p.next()
		return true
	}
	return false
}

func (p *parser) skipWord(w string) bool {
	if p.cur().word(w) {
		p.next()
		return true
	}
	return false
}

func (t *token) String() string {
	if t.kind == tokName {
		return t.text
	}
	return t.kind
}

func (p *parser) expect(kind string) *token {
	if !p.is(kind) {
		p.expected(kind)
	}
	return p.next()
}

func (p *parser) expectWord(w string) *token {
	if !p.cur().word(w) {
		p.expected(w)
	}
	return p.next()
}

func (p *parser) expected(what string) {
	if p.is(tokEOF) {
		p.fail("unexpected end of template, expected '%s'.", "模板意外结束，此处应为 '%s'", what)
	}
	p.fail("expected token '%s', got '%s'", "此处应为 '%s'，却是 '%s'", what, p.cur())
}

func (p *parser) fail(en, zh string, args ...any) { fail("syntax", en, zh, args...) }

// deeper guards against sources that nest without end.
func (p *parser) deeper() {
	if p.nest++; p.nest > maxNest {
		p.fail("brackets or tags are nested more than %d deep", "括号或标签的嵌套超过 %d 层", maxNest)
	}
}

// body parses statements up to the end of the template.
func (p *parser) body() []stmt {
	p.arrive()
	body := p.until()
	if !p.is(tokEOF) {
		p.unknownTag(p.cur().text)
	}
	return body
}

// until parses up to a tag that is one of ends; the parser then stands on its name.
func (p *parser) until(ends ...string) []stmt {
	p.deeper()
	if len(ends) > 0 {
		p.ends = append(p.ends, ends)
		defer func() { p.ends = p.ends[:len(p.ends)-1] }()
	}
	var body []stmt
	for {
		switch t := p.cur(); t.kind {
		case tokData:
			body = append(body, &dataStmt{text: t.text})
			p.next()
		case tokVarBegin:
			p.next()
			body = append(body, &outputStmt{expr: p.tuple(tupleRules{cond: true}), line: t.line})
			p.expect(tokVarEnd)
		case tokTagBegin:
			p.next()
			if p.is(tokName) && slices.Contains(ends, p.cur().text) {
				p.nest--
				return body
			}
			body = append(body, p.statement())
			p.expect(tokTagEnd)
		default:
			if len(ends) > 0 {
				p.endOfTemplate()
			}
			p.nest--
			return body
		}
	}
}

// block parses the inside of a tag that has just been read, from its %} on, and its closing tag.
func (p *parser) block(ends ...string) []stmt {
	p.skip(":")
	p.expect(tokTagEnd)
	return p.until(ends...)
}

func (p *parser) lookingFor() (en, zh string) {
	if len(p.ends) > 0 {
		tags := "'" + strings.Join(p.ends[len(p.ends)-1], "' or '") + "'"
		en = " Jinja was looking for the following tags: " + tags + "."
		zh = "；此处等待的标签是 " + strings.ReplaceAll(tags, " or ", " 或 ")
	}
	if len(p.tags) > 0 {
		tag := p.tags[len(p.tags)-1]
		en += " The innermost block that needs to be closed is '" + tag + "'."
		zh += "；尚未结束的是 '" + tag + "'"
	}
	return en, zh
}

func (p *parser) endOfTemplate() {
	en, zh := p.lookingFor()
	p.fail("Unexpected end of template.%[1]s", "模板意外结束%[2]s", en, zh)
}

func (p *parser) unknownTag(name string) {
	en, zh := p.lookingFor()
	if slices.ContainsFunc(p.ends, func(ends []string) bool { return slices.Contains(ends, name) }) {
		looking := "'" + strings.Join(p.ends[len(p.ends)-1], "' or '") + "'"
		en = " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for " + looking + "." +
			en[strings.Index(en, ".")+1:]
	}
	fail("syntax", "Encountered unknown tag '%[1]s'.%[2]s", "未知的标签 '%[1]s'%[3]s", name, en, zh)
}

func (p *parser) statement() stmt {
	t := p.cur()
	if t.kind != tokName {
		p.fail("tag name expected", "此处应为标签名")
	}
	parse := p.tagParser(t.text)
	if parse == nil {
		p.unknownTag(t.text)
	}
	p.tags = append(p.tags, t.text)
	p.next()
	s := parse(t.line)
	p.tags = p.tags[:len(p.tags)-1]
	return s
}

func (p *parser) tagParser(tag string) func(line int) stmt {
	switch tag {
	case "for":
		return p.forTag
	case "if":
		return p.ifTag
	case "set":
		return p.setTag
	case "with":
		return p.withTag
	case "macro":
		return p.macroTag
	case "call":
		return p.callTag
	case "filter":
		return p.filterTag
	case "block":
		return p.blockTag
	case "print":
		return p.printTag
	case "autoescape":
		return p.autoescapeTag
	case "include", "import", "from", "extends":
		return func(int) stmt {
			p.fail("{%% %s %%} is not available: a template here stands alone and cannot load another", "不支持 {%% %s %%}：此处的模板不能载入其他模板", tag)
			return nil
		}
	}
	return nil
}

// scoped parses with soft set so: what is inside a loop or macro is checked at once, even within an if.
func (p *parser) scoped(soft bool, f func()) {
	before := p.soft
	p.soft = soft
	f()
	p.soft = before
}

func (p *parser) forTag(line int) stmt {
	s := &forStmt{line: line}
	s.target = p.target(targetRules{tuple: true, end: "in"})
	p.expectWord("in")
	s.iter = p.tuple(tupleRules{end: "recursive"})
	p.scoped(false, func() {
		if p.skipWord("if") {
			s.test = p.expression()
		}
		s.recursive = p.skipWord("recursive")
		p.loops++
		s.body = p.block("endfor", "else")
		p.loops--
		if p.next().text == "else" {
			s.otherwise = p.block("endfor")
			p.next()
		}
	})
	return s
}

func (p *parser) ifTag(int) stmt {
	s := &ifStmt{}
	p.scoped(true, func() {
		for {
			test := p.tuple(tupleRules{})
			body := p.block("elif", "else", "endif")
			s.arms = append(s.arms, arm{test, body})
			switch p.next().text {
			case "elif":
				continue
			case "else":
				s.otherwise = p.block("endif")
				p.next()
			}
			return
		}
	})
	return s
}

func (p *parser) setTag(line int) stmt {
	target := p.target(targetRules{tuple: true, namespace: true})
	if p.skip("=") {
		return &setStmt{target: target, value: p.tuple(tupleRules{cond: true}), line: line}
	}
	s := &setBlockStmt{target: target, line: line}
	if p.is("|") {
		s.filter = p.filters(nil)
	}
	p.scoped(false, func() { s.body = p.block("endset") })
	p.next()
	return s
}

func (p *parser) withTag(line int) stmt {
	s := &withStmt{line: line}
	for !p.is(tokTagEnd) && !p.is(tokEOF) {
		if len(s.targets) > 0 {
			p.expect(",")
		}
		s.targets = append(s.targets, p.target(targetRules{tuple: true}))
		p.expect("=")
		s.values = append(s.values, p.expression())
	}
	p.scoped(false, func() { s.body = p.block("endwith") })
	p.next()
	return s
}

// signature parses the parameters of a macro or call block.
func (p *parser) signature(m *macroDef) {
	p.expect("(")
	for !p.is(")") {
		if len(m.params) > 0 {
			p.expect(",")
		}
		param := macroParam{name: p.expect(tokName).text}
		if p.skip("=") {
			param.def = p.expression()
		} else if n := len(m.params); n > 0 && m.params[n-1].def != nil {
			p.fail("non-default argument follows default argument", "有默认值的参数之后不能再有无默认值的参数")
		}
		m.params = append(m.params, param)
	}
	p.next()
}

func (p *parser) macroBody(m *macroDef, end string) {
	used := map[string]struct{}{}
	p.uses = append(p.uses, used)
	p.scoped(false, func() { m.body = p.block(end) })
	p.next()
	p.uses = p.uses[:len(p.uses)-1]
	has := func(name string) bool {
		_, ok := used[name]
		return ok && !slices.ContainsFunc(m.params, func(q macroParam) bool { return q.name == name })
	}
	m.caller, m.kwargs, m.varargs = has("caller"), has("kwargs"), has("varargs")
	if _, ok := used["caller"]; ok {
		for _, q := range m.params {
			if q.name == "caller" && q.def == nil {
				p.fail(`When defining macros or call blocks the special "caller" argument must be omitted or be given a default.`,
					`宏的特殊参数 "caller" 必须省略，或带有默认值`)
			}
		}
	}
}

func (p *parser) macroTag(line int) stmt {
	m := &macroDef{name: p.expect(tokName).text, line: line}
	p.signature(m)
	p.macroBody(m, "endmacro")
	return &macroStmt{def: m}
}

func (p *parser) callTag(line int) stmt {
	m := &macroDef{line: line}
	if p.is("(") {
		p.signature(m)
	}
	call, ok := p.expression().(*callExpr)
	if !ok {
		p.fail("expected call", "call 标签之后应为宏调用")
	}
	p.macroBody(m, "endcall")
	return &callStmt{call: call, def: m, line: line}
}

func (p *parser) filterTag(line int) stmt {
	s := &filterStmt{line: line}
	s.filter = p.filters(p.filter(nil))
	p.scoped(false, func() { s.body = p.block("endfilter") })
	p.next()
	return s
}

func (p *parser) blockTag(line int) stmt {
	s := &blockStmt{name: p.expect(tokName).text, line: line}
	s.scoped = p.skipWord("scoped")
	required := p.skipWord("required")
	if p.is("-") {
		p.fail("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.",
			"块名不能含连字符，请改用下划线")
	}
	if _, twice := p.blocks[s.name]; twice {
		p.fail("block %s defined twice", "块 %s 定义了两次", reprText(s.name))
	}
	if required {
		p.fail("block %s is required and nothing can provide it: a template here stands alone", "块 %s 要求由子模板提供，而此处的模板不能被继承", reprText(s.name))
	}
	p.blocks[s.name] = s
	p.scoped(false, func() { s.body = p.block("endblock") })
	p.next()
	p.skipWord(s.name)
	return s
}

func (p *parser) printTag(line int) stmt {
	s := &printStmt{}
	for !p.is(tokTagEnd) && !p.is(tokEOF) {
		if len(s.items) > 0 {
			p.expect(",")
		}
		s.items = append(s.items, &outputStmt{expr: p.expression(), line: line})
	}
	return s
}

func (p *parser) autoescapeTag(line int) stmt {
	s := &autoescapeStmt{on: p.expression(), line: line}
	p.scoped(false, func() { s.body = p.block("endautoescape") })
	p.next()
	return s
}

type targetRules struct {
	tuple, namespace bool
	end              string // a word that ends the target
}

// target parses what is assigned to.
func (p *parser) target(rules targetRules) expr {
	e := p.tuple(tupleRules{simple: true, namespace: rules.namespace, end: rules.end})
	p.assignable(e)
	return e
}

func (p *parser) assignable(e expr) {
	kind := ""
	switch x := e.(type) {
	case *nameExpr:
		if x.name == "loop" && p.loops > 0 {
			p.fail("Can't assign to special loop variable in for-loop target", "不能给循环变量 loop 赋值")
		}
		return
	case *namespaceRef:
		return
	case *tupleExpr:
		for _, item := range x.items {
			p.assignable(item)
		}
		return
	case *constExpr:
		kind = "const"
	case *listExpr:
		kind = "list"
	case *dictExpr:
		kind = "dict"
	default:
		kind = "expression"
	}
	p.fail("can't assign to '%s'", "不能给 '%s' 赋值", kind)
}
