package node

import (
	"maps"

	"islet/app/workflow"
)

// AllTypes is for tests from outside: every kind of node, whichever table it stands in.
func AllTypes(d Deps) workflow.Types {
	all := Table(d)
	for _, some := range []workflow.Types{flowTypes(d), modelTypes(d), httpTypes(d), {
		"iteration":       {Class: workflow.Container, New: workflow.NewIteration},
		"iteration-start": {Class: workflow.Entrance},
		"loop":            {Class: workflow.Container, New: workflow.NewLoop},
		"loop-start":      {Class: workflow.Entrance},
		"loop-end":        {Class: workflow.Exit},
	}} {
		for typ, t := range some {
			if _, there := all[typ]; !there || all[typ].New == nil {
				maps.Copy(all, workflow.Types{typ: t})
			}
		}
	}
	return all
}
