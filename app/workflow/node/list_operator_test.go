package node

import (
	"strings"
	"testing"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// names runs a list operator on f.many and writes the names of the files that it keeps.
func (r *rig) names(t *testing.T, data string) string {
	t.Helper()
	res, err := r.run(t, "list-operator", data, `{"n":{"w":"b"}}`)
	if err != nil {
		return failure(t, err)
	}
	files, ok := res.Outputs["result"].([]app.Attachment)
	if !ok {
		t.Errorf("%s makes %T", data, res.Outputs["result"])
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func filterBy(list, conditions string) string {
	return `{"variable":` + list + `,"filter_by":{"enabled":true,"conditions":[` + conditions + `]}}`
}

func condition(key, operator, want string) string {
	return `{"key":"` + key + `","comparison_operator":"` + operator + `","value":` + want + `}`
}

func TestListOperator_filters(t *testing.T) {
	const vars = `{"n":{"texts":["apple","banana","","Apple pie"],"numbers":[3,1.5,2,2],"flags":[true,false,true],"w":"an","two":2}}`
	kept := func(list string) string {
		v, err := value.Decode([]byte(list))
		if err != nil {
			t.Fatal(err)
		}
		l, _ := value.List(v)
		if len(l) == 0 {
			return `{"first_record":null,"last_record":null,"result":[]}`
		}
		return `{"first_record":` + written(t, l[0]) + `,"last_record":` + written(t, l[len(l)-1]) + `,"result":` + list + `}`
	}
	var claims []claim
	for _, c := range []struct{ list, operator, want, result string }{
		{"texts", "contains", `"pp"`, `["apple","Apple pie"]`},
		{"texts", "contains", `"{{#n.w#}}"`, `["banana"]`},
		{"texts", "", `"apple"`, `["apple"]`},
		{"texts", "start with", `"A"`, `["Apple pie"]`},
		{"texts", "end with", `"e"`, `["apple","Apple pie"]`},
		{"texts", "is", `"apple"`, `["apple"]`},
		{"texts", "in", `"apple and banana"`, `["apple","banana",""]`},
		{"texts", "not contains", `"pp"`, `["banana",""]`},
		{"texts", "is not", `"apple"`, `["banana","","Apple pie"]`},
		{"texts", "not in", `"apple and banana"`, `["Apple pie"]`},
		{"texts", "empty", `""`, `[""]`},
		{"texts", "not empty", `null`, `["apple","banana","Apple pie"]`},
		{"texts", "=", `"1"`, `!InvalidConditionError list_condition_invalid`},
		{"texts", "is", `["apple"]`, `!list_value_invalid`},
		{"texts", "is", `null`, `!list_value_invalid`},
		{"numbers", "=", `"2"`, `[2,2]`},
		{"numbers", "≠", `"{{#n.two#}}"`, `[3,1.5]`},
		{"numbers", "<", `" 2.0 "`, `[1.5]`},
		{"numbers", ">", `"2"`, `[3]`},
		{"numbers", "≤", `"2"`, `[1.5,2,2]`},
		{"numbers", "≥", `"9"`, `[]`},
		{"numbers", "contains", `"2"`, `!InvalidConditionError list_condition_invalid`},
		{"numbers", "", `"2"`, `!InvalidConditionError list_condition_invalid`},
		{"numbers", "=", `"two"`, `!list_value_invalid`},
		{"numbers", "=", `2`, `!list_value_invalid`},
		{"flags", "is", `true`, `[true,true]`},
		{"flags", "is not", `true`, `[false]`},
		{"flags", "is", `"true"`, `!list_value_invalid`},
		{"flags", "contains", `true`, `!InvalidConditionError list_condition_invalid`},
	} {
		want := c.result
		if want[0] != '!' {
			want = kept(want)
		}
		claims = append(claims, claim{filterBy(`["n","`+c.list+`"]`, condition("", c.operator, c.want)), vars, want})
	}
	claims = append(claims, claim{filterBy(`["n","texts"]`, condition("", "contains", `"pp"`)+","+condition("", "start with", `"a"`)), vars, kept(`["apple"]`)})
	(&rig{}).check(t, "list-operator", claims)
}

func TestListOperator_filtersFiles(t *testing.T) {
	r := rig{files: fileVars}
	for _, c := range []struct{ key, operator, want, result string }{
		{"name", "start with", `"{{#n.w#}}"`, "b.png"},
		{"extension", "is", `".pdf"`, "a.pdf"},
		{"mime_type", "contains", `"p"`, "a.pdf b.png c.mp3"},
		{"url", "not empty", `""`, "b.png"},
		{"related_id", "in", `"f1,f3"`, "a.pdf b.png c.mp3"}, // the one that has none is part of every text
		{"type", "in", `["image","audio"]`, "b.png c.mp3"},
		{"type", "in", `"image or document"`, "a.pdf b.png"},
		{"type", "not in", `["image"]`, "a.pdf c.mp3"},
		{"transfer_method", "not in", `["remote_url"]`, "a.pdf c.mp3"},
		{"size", ">", `"100"`, "b.png c.mp3"},
		{"size", "contains", `"1"`, "!InvalidConditionError list_condition_invalid"},
		{"type", "is", `"image"`, "!InvalidConditionError list_condition_invalid"},
		{"type", "in", `true`, "!list_value_invalid"},
		{"name", "contains", `["a"]`, "!list_value_invalid"},
		{"size", "=", `10`, "!list_value_invalid"},
		{"color", "is", `"red"`, "!InvalidKeyError list_key_invalid"},
		{"", "is", `"red"`, "!InvalidKeyError list_key_invalid"},
	} {
		if got := r.names(t, filterBy(`["f","many"]`, condition(c.key, c.operator, c.want))); got != c.result {
			t.Errorf("%s %s %s keeps %s, want %s", c.key, c.operator, c.want, got, c.result)
		}
	}
	for data, want := range map[string]string{
		`{"variable":["f","many"],"order_by":{"enabled":true,"key":"size","value":"asc"}}`:                                                                          "a.pdf c.mp3 b.png",
		`{"variable":["f","many"],"order_by":{"enabled":true,"key":"name","value":"desc"},"limit":{"enabled":true,"size":2}}`:                                       "c.mp3 b.png",
		`{"variable":["f","many"],"order_by":{"enabled":true,"key":"color","value":"asc"}}`:                                                                         "!InvalidKeyError list_key_invalid",
		`{"variable":["f","many"],"extract_by":{"enabled":true,"serial":"2"}}`:                                                                                      "b.png",
		`{"variable":["f","many"],"filter_by":{"enabled":true,"conditions":[{"key":"size","comparison_operator":"<","value":"1"}]}}`:                                "",
		`{"variable":["f","none"],"filter_by":{"enabled":true,"conditions":[{"key":"color","comparison_operator":"<","value":"1"}]},"extract_by":{"enabled":true}}`: "",
	} {
		if got := r.names(t, data); got != want {
			t.Errorf("%s keeps %s, want %s", data, got, want)
		}
	}
}

func TestListOperator_picksSortsAndCuts(t *testing.T) {
	const vars = `{"n":{"numbers":[3,1.5,2],"texts":["b","a","B"],"flags":[true,false],"two":"2","null":null,"list":[],"text":"","objects":[{}],"mixed":[1,"a"],"word":"abc"}}`
	on := func(list, steps string) string { return `{"variable":["n","` + list + `"]` + steps + `}` }
	extract := func(serial string) string { return `,"extract_by":{"enabled":true,"serial":"` + serial + `"}` }
	order := func(way string) string { return `,"order_by":{"enabled":true,"key":"","value":"` + way + `"}` }
	limit := func(size string) string { return `,"limit":{"enabled":true,"size":` + size + `}` }
	const none = `{"first_record":null,"last_record":null,"result":[]}`
	(&rig{}).check(t, "list-operator", []claim{
		{on("numbers", ``), vars, `{"first_record":3,"last_record":2,"result":[3,1.5,2]}`},
		{on("numbers", extract("1")), vars, `{"first_record":3,"last_record":3,"result":[3]}`},
		{on("numbers", extract("{{#n.two#}}")), vars, `{"first_record":1.5,"last_record":1.5,"result":[1.5]}`},
		{on("numbers", `,"extract_by":{"enabled":true}`), vars, `{"first_record":3,"last_record":3,"result":[3]}`},
		{on("numbers", extract("0")), vars, `!list_serial_invalid`},
		{on("numbers", extract("4")), vars, `!list_serial_invalid`},
		{on("numbers", extract("first")), vars, `!list_serial_invalid`},
		{on("numbers", `,"extract_by":{"enabled":false,"serial":"9"}`), vars, `{"first_record":3,"last_record":2,"result":[3,1.5,2]}`},
		{on("numbers", order("asc")), vars, `{"first_record":1.5,"last_record":3,"result":[1.5,2,3]}`},
		{on("numbers", order("desc")), vars, `{"first_record":3,"last_record":1.5,"result":[3,2,1.5]}`},
		{on("texts", order("asc")), vars, `{"first_record":"B","last_record":"b","result":["B","a","b"]}`},
		{on("flags", order("asc")), vars, `{"first_record":false,"last_record":true,"result":[false,true]}`},
		{on("numbers", limit("2")), vars, `{"first_record":3,"last_record":1.5,"result":[3,1.5]}`},
		{on("numbers", limit("9")), vars, `{"first_record":3,"last_record":2,"result":[3,1.5,2]}`},
		{on("numbers", limit("-1")), vars, `{"first_record":3,"last_record":1.5,"result":[3,1.5]}`},
		{on("numbers", `,"limit":{"enabled":true}`), vars, `{"first_record":3,"last_record":1.5,"result":[3,1.5]}`},
		{on("numbers", limit("0")), vars, none},
		{on("numbers", `,"filter_by":{"enabled":true,"conditions":[{"comparison_operator":"<","value":"3"}]}`+order("desc")+limit("1")), vars, `{"first_record":2,"last_record":2,"result":[2]}`},
		{on("numbers", `,"filter_by":{"enabled":true,"conditions":[{"comparison_operator":"<","value":"0"}]}`+extract("1")), vars, `!list_serial_invalid`},
		{on("list", extract("5")), vars, none},
		{on("null", extract("5")), vars, none},
		{on("text", ``), vars, none},
		{on("objects", ``), vars, `!list_type_unsupported`},
		{on("mixed", ``), vars, `!list_type_unsupported`},
		{on("word", ``), vars, `!list_type_unsupported`},
		{on("gone", ``), vars, `!variable_missing`},
		{on("numbers", order("up")), vars, `!list_order_unknown`},
		{`{"variable":[]}`, vars, `!list_not_chosen`},
	})
}

func TestListOperator_leavesTheListAlone(t *testing.T) {
	list := []any{int64(3), int64(1), int64(2)}
	n, err := (&rig{}).node("list-operator", `{"variable":["n","list"],"filter_by":{"enabled":true,"conditions":[{"comparison_operator":">","value":"1"}]},"order_by":{"enabled":true,"value":"asc"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Run(t.Context(), &workflow.Step{Vars: workflow.NewVars(map[string]map[string]any{"n": {"list": list}})}); err != nil {
		t.Fatal(err)
	}
	if value.Literal(list) != "[3, 1, 2]" {
		t.Errorf("the list is now %v", list)
	}
}
