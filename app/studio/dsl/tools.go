package dsl

import (
	"islet/app"
	"islet/app/value"
)

// Rehome points the tools of a file at those of this site: a file from elsewhere names OpenAPI documents, MCP servers and workflows by
// ids that mean nothing here, but also by their names. The texts say which are missing.
func (f *File) Rehome() (missing []app.Text) {
	if f.Here == nil || f.Here.Tool == nil {
		return nil
	}
	told := map[string]bool{}
	home := func(o *value.Object, kind, tool string) {
		if kind != app.ToolAPI && kind != app.ToolMCP && kind != app.ToolWorkflow && kind != app.ToolApp {
			return
		}
		id, name := textOf(o, "provider_id"), textOf(o, "provider_name")
		if name == "" {
			name = textOf(o, "provider_show_name")
		}
		here, ok := f.Here.Tool(kind, id, name)
		if ok {
			if here != id {
				o.Set("provider_id", here)
			}
			return
		}
		if name == "" {
			name = id
		}
		if key := kind + " " + name + " " + tool; !told[key] {
			told[key] = true
			missing = append(missing, app.Textf("the tool %[1]q comes from %[2]q, which is not on this site; add it under Tools with the same name and import the file again, or choose another tool",
				"工具“%[1]s”来自“%[2]s”，此站点没有该来源；请在“工具”中以相同名称添加后重新导入，或改用其他工具", clip(tool), clip(name)))
		}
	}
	entries := func(list []any) {
		for _, e := range list {
			if o, ok := e.(*value.Object); ok {
				kind := textOf(o, "provider_type")
				if kind == "" {
					kind = textOf(o, "type")
				}
				home(o, kind, textOf(o, "tool_name"))
			}
		}
	}
	for _, e := range listOf(f.Graph, "nodes") {
		n, _ := e.(*value.Object)
		d := section(n, "data")
		switch textOf(d, "type") {
		case "tool":
			home(d, textOf(d, "provider_type"), textOf(d, "tool_name"))
		case "agent":
			entries(listOf(section(section(d, "agent_parameters"), "tools"), "value"))
		}
	}
	entries(listOf(section(f.Model, "agent_mode"), "tools"))
	return missing
}
