package frame

import "islet/app"

// chatflowTeller tells the run behind an answer: what a workflow's stream has, with message for what is said, and message_end. That
// comes before workflow_finished where all went well, after it where somebody stopped the run, and is replaced by error where
// the run failed.
type chatflowTeller struct {
	graph
	basis
}

func (c *chatflowTeller) tell(ev *app.Event) {
	c.take(ev)
	switch ev.Kind {
	case app.EvDelta:
		c.thought(ev.Exec)
		c.message("message", ev.Delta, ev.Selector, true)
	case app.EvReplace:
		c.replaced(ev)
	case app.EvFile:
		c.sent(ev.Files)
	case app.EvRunFinished:
		c.conclude(ev)
	default:
		c.event(ev)
	}
}

func (c *chatflowTeller) conclude(ev *app.Event) {
	switch {
	case ev.Status.Good():
		c.end(&c.basis, ev)
		c.ended(ev)
	case ev.Status == app.Stopped:
		c.ended(ev)
		c.end(&c.basis, ev)
	default:
		c.ended(ev)
		c.fail(runFailed(ev))
	}
}

func (c *chatflowTeller) fail(e *app.Error) {
	c.open("error")
	c.error(e)
	c.close()
}

// runFailed is a failed run as Dify tells it beside workflow_finished, whatever went wrong.
func runFailed(ev *app.Event) *app.Error {
	why := Reason(ev.Status, ev.Error)
	return &app.Error{Kind: app.Invalid, Code: "invalid_param", Text: app.Text{En: "Run failed: " + why.En, Zh: "运行失败：" + why.Zh}}
}
