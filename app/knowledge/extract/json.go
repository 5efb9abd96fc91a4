package extract

import (
	"strings"

	"islet/app"
	"islet/app/value"
)

// readJSON writes JSON anew, as Python's json.dumps(indent=2, ensure_ascii=False) does.
func readJSON(b []byte) (string, error) {
	s, err := decode(b)
	if err != nil {
		return "", err
	}
	v, err := value.Decode([]byte(s))
	if err != nil {
		return "", err
	}
	var p page
	if err := indent(&p, v, "\n"); err != nil {
		return "", err
	}
	return p.text()
}

// indent writes v. gap is a new line with the indentation of what surrounds v.
func indent(p *page, v any, gap string) error {
	if p.full {
		return nil
	}
	switch x := v.(type) {
	case *value.Object:
		return indentObject(p, x, gap)
	case app.Attachment:
		return indentObject(p, value.FileObject(&x), gap)
	case []app.Attachment:
		list := make([]any, len(x))
		for i := range x {
			list[i] = x[i]
		}
		return indentList(p, list, gap)
	case []any:
		return indentList(p, x, gap)
	}
	raw, err := value.Encode(v)
	p.add(string(raw))
	return err
}

func indentObject(p *page, o *value.Object, gap string) error {
	if o.Len() == 0 {
		p.add("{}")
		return nil
	}
	p.add("{")
	mark := ""
	for k, v := range o.All() {
		key, err := value.Encode(k)
		if err != nil {
			return err
		}
		p.add(mark, gap, "  ", string(key), ": ")
		if err := indent(p, v, gap+"  "); err != nil {
			return err
		}
		mark = ","
	}
	p.add(gap, "}")
	return nil
}

func indentList(p *page, list []any, gap string) error {
	if len(list) == 0 {
		p.add("[]")
		return nil
	}
	p.add("[")
	for i, v := range list {
		p.add(strings.Repeat(",", min(i, 1)), gap, "  ")
		if err := indent(p, v, gap+"  "); err != nil {
			return err
		}
	}
	p.add(gap, "]")
	return nil
}
