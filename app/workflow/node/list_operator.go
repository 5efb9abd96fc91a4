package node

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// listOperator filters a list, picks one element, sorts and cuts it: in this order, each step if it is switched on.
type listOperator struct {
	list    selector
	filters []listFilter
	serial  *workflow.Template // nil: no element is picked
	order   *listOrder         // nil: the order stays
	limit   *int               // nil: nothing is cut
}

var _ workflow.Reader = (*listOperator)(nil)

// listFilter is one condition on elements; all of them must hold.
type listFilter struct {
	key, operator string // key is an attribute of files
	want          any
	template      *workflow.Template // of want, if that is a text
}

type listOrder struct {
	Enabled bool   `json:"enabled"`
	Key     string `json:"key"`
	Value   string `json:"value"`
}

// wireListOperator is a list-operator node's data.
type wireListOperator struct {
	Variable selector `json:"variable"`
	Filter   struct {
		Enabled    bool `json:"enabled"`
		Conditions []struct {
			Key      string          `json:"key"`
			Operator string          `json:"comparison_operator"`
			Value    json.RawMessage `json:"value"`
		} `json:"conditions"`
	} `json:"filter_by"`
	Extract struct {
		Enabled bool    `json:"enabled"`
		Serial  *string `json:"serial"`
	} `json:"extract_by"`
	Order listOrder `json:"order_by"`
	Limit struct {
		Enabled bool `json:"enabled"`
		Size    *int `json:"size"`
	} `json:"limit"`
}

func newListOperator(data json.RawMessage) (workflow.Node, error) {
	var w wireListOperator
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &listOperator{list: w.Variable}
	var bad []error
	if n.list.none() {
		bad = append(bad, app.Errorf(app.Invalid, "list_not_chosen", "it does not say which list to work on", "未选择要操作的列表"))
	}
	if w.Filter.Enabled {
		for _, c := range w.Filter.Conditions {
			f := listFilter{key: c.Key, operator: c.Operator}
			if f.operator == "" {
				f.operator = "contains"
			}
			var err error
			if len(c.Value) > 0 {
				f.want, err = value.Decode(c.Value)
			}
			if err != nil {
				bad = append(bad, err)
			}
			if s, ok := f.want.(string); ok {
				f.template = workflow.ParseTemplate(s)
			}
			n.filters = append(n.filters, f)
		}
	}
	if w.Extract.Enabled {
		serial := "1"
		if w.Extract.Serial != nil {
			serial = *w.Extract.Serial
		}
		n.serial = workflow.ParseTemplate(serial)
	}
	if w.Order.Enabled {
		n.order = &w.Order
		if n.order.Value != "" && n.order.Value != "asc" && n.order.Value != "desc" {
			bad = append(bad, app.Errorf(app.Invalid, "list_order_unknown", "the order %q is unknown; use asc or desc", "排序方式“%s”未知；请使用 asc 或 desc", n.order.Value))
		}
	}
	if w.Limit.Enabled {
		if n.limit = w.Limit.Size; n.limit == nil {
			size := -1
			n.limit = &size
		}
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return n, nil
}

// Reads names the list and what conditions compare with.
func (n *listOperator) Reads() []workflow.Selector {
	all := chosen(n.list)
	for i := range n.filters {
		if t := n.filters[i].template; t != nil {
			all = append(all, t.Selectors()...)
		}
	}
	if n.serial != nil {
		all = append(all, n.serial.Selectors()...)
	}
	return all
}

// Run makes the new list. A list without elements stays as it is.
func (n *listOperator) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: looked(s.Vars, n.Reads())}
	v, err := n.list.read(s.Vars)
	if err != nil {
		return res, err
	}
	list, isList := value.List(v)
	kind := typeName(v)
	switch {
	case !value.Truth(v):
		list = []any{}
	case !isList || !slices.Contains([]string{"array[string]", "array[number]", "array[boolean]", "array[file]"}, kind):
		return res, app.Errorf(app.Invalid, "list_type_unsupported", "%q is of the type %s; only lists of texts, numbers, booleans or files can be worked on", "“%s”的类型为 %s；只支持文本、数字、布尔值或文件的列表", n.list.String(), kind)
	default:
		if list, err = n.work(slices.Clone(list), kind, s.Vars); err != nil {
			return res, err
		}
	}
	res.Outputs = map[string]any{"result": listLike(v, list), "first_record": nil, "last_record": nil}
	if len(list) > 0 {
		res.Outputs["first_record"], res.Outputs["last_record"] = list[0], list[len(list)-1]
	}
	return res, nil
}

func (n *listOperator) work(list []any, kind string, vars workflow.Vars) (_ []any, err error) {
	for i := range n.filters {
		if list, err = n.filters[i].apply(list, kind, vars); err != nil {
			return nil, err
		}
	}
	if n.serial != nil {
		if list, err = elementAt(list, n.serial.Text(vars)); err != nil {
			return nil, err
		}
	}
	if n.order != nil {
		if err := n.order.sort(list, kind); err != nil {
			return nil, err
		}
	}
	if n.limit != nil {
		list = cutList(list, *n.limit)
	}
	return list, nil
}

// elementAt is the element with the number, the first being 1, as a list.
func elementAt(list []any, serial string) ([]any, error) {
	i, err := strconv.Atoi(strings.TrimSpace(serial))
	if err != nil || i < 1 || i > len(list) {
		return nil, app.Errorf(app.Invalid, "list_serial_invalid", "there is no element number %s in a list of %d", "列表共有 %[2]d 个元素，没有第 %[1]s 个", strconv.Quote(serial), len(list))
	}
	return list[i-1 : i], nil
}

// cutList is Python's list[:size]: a negative size leaves so many out at the end.
func cutList(list []any, size int) []any {
	if size < 0 {
		return list[:max(len(list)+size, 0)]
	}
	return list[:min(size, len(list))]
}

// sort sorts the list in place; equal elements keep their order, whichever way it goes.
func (o *listOrder) sort(list []any, kind string) error {
	if kind == "array[file]" {
		if _, ok := value.Attribute(app.Attachment{}, o.Key); !ok {
			return badKey(o.Key)
		}
	}
	slices.SortStableFunc(list, func(a, b any) int {
		if kind == "array[file]" {
			a, _ = value.Attribute(a.(app.Attachment), o.Key)
			b, _ = value.Attribute(b.(app.Attachment), o.Key)
		}
		if o.Value == "desc" {
			a, b = b, a
		}
		return compareElements(a, b)
	})
	return nil
}

// compareElements orders texts, numbers and booleans.
func compareElements(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return strings.Compare(x, y)
	case bool:
		y, _ := b.(bool)
		switch {
		case x == y:
			return 0
		case y:
			return -1
		}
		return 1
	}
	x, _ := value.Float(a)
	y, _ := value.Float(b)
	return cmp.Compare(x, y)
}

func badKey(key string) error {
	return workflow.Typed("InvalidKeyError", app.Errorf(app.Invalid, "list_key_invalid", "files have no attribute %q", "文件没有属性“%s”", key))
}
