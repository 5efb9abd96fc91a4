package jinja

import (
	"slices"
	"strings"
)

func (p *parser) expression() expr {
	p.deeper()
	e := p.or()
	for p.cur().word("if") {
		before := p.soft
		p.soft = true
		line := p.next().line
		c := &condExpr{then: e, test: p.or(), line: line}
		if p.skipWord("else") {
			c.otherwise = p.expression()
		}
		p.soft = before
		e = c
	}
	p.nest--
	return e
}

func (p *parser) or() expr {
	e := p.and()
	for p.skipWord("or") {
		e = &logicExpr{or: true, left: e, right: p.and()}
	}
	return e
}

func (p *parser) and() expr {
	e := p.not()
	for p.skipWord("and") {
		e = &logicExpr{left: e, right: p.not()}
	}
	return e
}

func (p *parser) not() expr {
	if p.skipWord("not") {
		p.deeper()
		e := &notExpr{p.not()}
		p.nest--
		return e
	}
	return p.compare()
}

func (p *parser) compare() expr {
	first := p.sum()
	var ops []comparison
	for {
		t := p.cur()
		op := t.kind
		switch {
		case op == "==", op == "!=", op == "<", op == "<=", op == ">", op == ">=":
		case t.word("in"):
			op = "in"
		case t.word("not") && p.peek().word("in"):
			p.next()
			op = "not in"
		default:
			if ops == nil {
				return first
			}
			return &compareExpr{first: first, ops: ops}
		}
		p.next()
		ops = append(ops, comparison{op: op, right: p.sum(), line: t.line})
	}
}

func (p *parser) sum() expr {
	e := p.concat()
	for p.is("+") || p.is("-") {
		t := p.next()
		e = &binaryExpr{op: t.kind, left: e, right: p.concat(), line: t.line}
	}
	return e
}

func (p *parser) concat() expr {
	e := p.product()
	if !p.is("~") {
		return e
	}
	items := []expr{e}
	for p.skip("~") {
		items = append(items, p.product())
	}
	return &concatExpr{items: items}
}

func (p *parser) product() expr {
	e := p.power()
	for p.is("*") || p.is("/") || p.is("//") || p.is("%") {
		t := p.next()
		e = &binaryExpr{op: t.kind, left: e, right: p.power(), line: t.line}
	}
	return e
}

func (p *parser) power() expr {
	e := p.unary(true)
	for p.is("**") {
		t := p.next()
		e = &binaryExpr{op: "**", left: e, right: p.unary(true), line: t.line}
	}
	return e
}

func (p *parser) unary(filters bool) expr {
	var e expr
	if t := p.cur(); t.kind == "-" || t.kind == "+" {
		p.deeper()
		p.next()
		e = &unaryExpr{op: t.kind, operand: p.unary(false), line: t.line}
		p.nest--
	} else {
		e = p.primary(false)
	}
	e = p.postfix(e)
	if !filters {
		return e
	}
	for {
		switch t := p.cur(); {
		case t.kind == "|":
			e = p.filters(e)
		case t.word("is"):
			e = p.test(e)
		case t.kind == "(":
			e = p.call(e)
		default:
			return e
		}
	}
}

func (p *parser) primary(namespace bool) expr {
	t := p.cur()
	switch t.kind {
	case tokName:
		p.next()
		switch t.text {
		case "true", "True":
			return &constExpr{true}
		case "false", "False":
			return &constExpr{false}
		case "none", "None":
			return &constExpr{nil}
		}
		if namespace && p.skip(".") {
			return &namespaceRef{name: t.text, attr: p.expect(tokName).text, line: t.line}
		}
		for _, used := range p.uses {
			used[t.text] = struct{}{}
		}
		return &nameExpr{name: t.text, line: t.line}
	case tokString:
		var b strings.Builder
		for p.is(tokString) {
			b.WriteString(p.next().text)
		}
		return &constExpr{b.String()}
	case tokInteger, tokFloat:
		p.next()
		return &constExpr{t.val}
	case "(":
		p.next()
		e := p.tuple(tupleRules{cond: true, parens: true})
		p.expect(")")
		return e
	case "[":
		p.next()
		e := &listExpr{}
		for !p.is("]") {
			if len(e.items) > 0 {
				p.expect(",")
			}
			if p.is("]") {
				break
			}
			e.items = append(e.items, p.expression())
		}
		p.expect("]")
		return e
	case "{":
		return p.dict()
	}
	p.fail("unexpected '%s'", "意外的 '%s'", t)
	return nil
}

func (p *parser) dict() expr {
	e := &dictExpr{line: p.next().line}
	for !p.is("}") {
		if len(e.keys) > 0 {
			p.expect(",")
		}
		if p.is("}") {
			break
		}
		e.keys = append(e.keys, p.expression())
		p.expect(":")
		e.values = append(e.values, p.expression())
	}
	p.expect("}")
	return e
}

type tupleRules struct {
	simple    bool   // names and literals only
	cond      bool   // x if y else z may stand there
	parens    bool   // in parentheses, where an empty tuple is one
	namespace bool   // ns.name may stand there
	end       string // a word that ends it
}

// tuple parses an expression, or several with commas between them as a tuple.
func (p *parser) tuple(rules tupleRules) expr {
	p.deeper()
	defer func() { p.nest-- }()
	var items []expr
	comma := false
	for {
		if len(items) > 0 {
			p.expect(",")
		}
		if p.is(tokVarEnd) || p.is(tokTagEnd) || p.is(")") || rules.end != "" && p.cur().word(rules.end) {
			break
		}
		switch {
		case rules.simple:
			items = append(items, p.primary(rules.namespace))
		case rules.cond:
			items = append(items, p.expression())
		default:
			items = append(items, p.or())
		}
		if !p.is(",") {
			break
		}
		comma = true
	}
	if !comma {
		if len(items) > 0 {
			return items[0]
		}
		if !rules.parens {
			p.fail("Expected an expression, got '%s'", "此处应为表达式，却是 '%s'", p.cur())
		}
	}
	return &tupleExpr{items: items}
}

func (p *parser) postfix(e expr) expr {
	for {
		switch p.cur().kind {
		case ".":
			line := p.next().line
			switch t := p.next(); t.kind {
			case tokName:
				e = &attrExpr{of: e, name: t.text, line: line}
			case tokInteger:
				e = &itemExpr{of: e, key: &constExpr{t.val}, line: line}
			default:
				p.fail("expected name or number", "点号之后应为名称或数字")
			}
		case "[":
			e = p.subscript(e)
		case "(":
			e = p.call(e)
		default:
			return e
		}
	}
}

func (p *parser) subscript(of expr) expr {
	line := p.next().line
	var keys []expr
	for !p.is("]") {
		if len(keys) > 0 {
			p.expect(",")
		}
		keys = append(keys, p.subscribed())
	}
	p.next()
	if len(keys) == 1 {
		return &itemExpr{of: of, key: keys[0], line: line}
	}
	return &itemExpr{of: of, key: &tupleExpr{items: keys}, line: line}
}

func (p *parser) subscribed() expr {
	s := &sliceExpr{}
	if !p.is(":") {
		e := p.expression()
		if !p.is(":") {
			return e
		}
		s.from = e
	}
	p.next()
	if !p.is(":") && !p.is("]") && !p.is(",") {
		s.to = p.expression()
	}
	if p.skip(":") && !p.is("]") && !p.is(",") {
		s.step = p.expression()
	}
	return s
}

// arguments parses a call's arguments, with their parentheses.
func (p *parser) arguments() *argExprs {
	a := &argExprs{}
	wrong := func(bad bool) {
		if bad {
			p.fail("invalid syntax for function call expression", "函数调用的参数写法不正确")
		}
	}
	p.expect("(")
	for first := true; !p.is(")"); first = false {
		if !first {
			p.expect(",")
			if p.is(")") {
				break
			}
		}
		switch t := p.cur(); {
		case t.kind == "*":
			wrong(a.star != nil || a.stars != nil)
			p.next()
			a.star = p.expression()
		case t.kind == "**":
			wrong(a.stars != nil)
			p.next()
			a.stars = p.expression()
		case t.kind == tokName && p.peek().kind == "=":
			wrong(a.stars != nil)
			if slices.Contains(a.names, t.text) {
				p.fail("keyword argument repeated: %s", "参数 %s 重复", t.text)
			}
			p.next()
			p.next()
			a.names = append(a.names, t.text)
			a.named = append(a.named, p.expression())
		default:
			wrong(a.star != nil || a.stars != nil || a.names != nil)
			a.pos = append(a.pos, p.expression())
		}
	}
	p.expect(")")
	return a
}

func (p *parser) call(of expr) expr {
	line := p.cur().line
	return &callExpr{of: of, args: p.arguments(), line: line}
}

func (p *parser) dotted() *token {
	t := p.expect(tokName)
	name := t.text
	for p.skip(".") {
		name += "." + p.expect(tokName).text
	}
	return &token{kind: tokName, text: name, line: t.line}
}

// filters parses a chain of filters, each from its bar on.
func (p *parser) filters(e expr) expr {
	for p.skip("|") {
		e = p.filter(e)
	}
	return e
}

func (p *parser) filter(of expr) expr {
	t := p.dotted()
	f := &filterExpr{of: of, name: t.text, line: t.line, args: noArgs}
	if p.is("(") {
		f.args = p.arguments()
	}
	f.filter = filters[t.text]
	if f.filter == nil && !p.soft {
		p.fail("No filter named %s.", "没有名为 %s 的过滤器", reprText(t.text))
	}
	return f
}

func (p *parser) test(of expr) expr {
	p.next()
	negated := p.skipWord("not")
	t := p.dotted()
	e := &testExpr{of: of, name: t.text, line: t.line, args: noArgs}
	switch c := p.cur(); c.kind {
	case "(":
		e.args = p.arguments()
	case tokName, tokString, tokInteger, tokFloat, "[", "{":
		if c.word("else") || c.word("or") || c.word("and") {
			break
		}
		if c.word("is") {
			p.fail("You cannot chain multiple tests with is", "不能连用多个 is 测试")
		}
		e.args = &argExprs{pos: []expr{p.postfix(p.primary(false))}}
	}
	e.test = tests[t.text]
	if e.test == nil && !p.soft {
		p.fail("No test named %s.", "没有名为 %s 的测试", reprText(t.text))
	}
	if negated {
		return &notExpr{e}
	}
	return e
}
