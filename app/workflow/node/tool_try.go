package node

import (
	"context"

	"islet/app"
	"islet/app/tool"
)

// CallTool calls a tool once outside of any run, as a tool node would: the values are made of the parameters' types and defaults
// added. Who tries a tool out uses it.
func CallTool(ctx context.Context, t *tool.Tool, given map[string]any) (tool.Result, error) {
	args := map[string]any{}
	for name, v := range given {
		p, ok := paramOf(t, name)
		if !ok {
			return tool.Result{}, app.AsError(invalidArgs("there is no parameter %q", name))
		}
		cast, present, err := castArg(p, v)
		if err != nil {
			return tool.Result{}, app.AsError(err)
		}
		if present {
			args[name] = cast
		}
	}
	if err := completeArgs(t, args); err != nil {
		return tool.Result{}, app.AsError(err)
	}
	return t.Call(ctx, args)
}
