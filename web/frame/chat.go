package frame

import (
	"slices"

	"islet/app"
)

// chatTeller tells the answer of a chat or completion app: message … message_end, or error. What its nodes do is not told.
type chatTeller struct {
	stream
	basis
}

func (c *chatTeller) tell(ev *app.Event) {
	c.take(ev)
	switch ev.Kind {
	case app.EvDelta:
		c.message("message", ev.Delta, nil, true)
	case app.EvReplace:
		c.replaced(ev)
	case app.EvRunFinished:
		if ev.Status.Good() || ev.Status == app.Stopped {
			c.end(&c.basis, ev)
			return
		}
		c.fail(Failed(ev.Error))
	}
}

func (c *chatTeller) fail(e *app.Error) {
	c.open("error")
	c.error(e)
	c.close()
}

// message writes a piece of an answer. The end of what one place in a template says has no text and is not sent.
func (s *stream) message(event, delta string, selector []string, from bool) {
	if delta == "" {
		return
	}
	s.open(event)
	s.text("id", string(s.Message))
	s.text("answer", delta)
	if from {
		s.texts("from_variable_selector", selector)
	}
	s.close()
}

// basis is what an answer rests on and what files came with it, as it is told on the way.
type basis struct {
	resources []app.Resource
	files     []app.Attachment
}

func (b *basis) take(ev *app.Event) {
	switch ev.Kind {
	case app.EvResources:
		for _, r := range ev.Resources {
			known := slices.ContainsFunc(b.resources, func(o app.Resource) bool { return o.Dataset == r.Dataset && o.Document == r.Document })
			if !known {
				r.Position = len(b.resources) + 1
				b.resources = append(b.resources, r)
			}
		}
	case app.EvFile:
		b.files = append(b.files, ev.Files...)
	case app.EvRunFinished:
		for _, f := range filesIn(ev.Outputs) {
			if !slices.ContainsFunc(b.files, func(o app.Attachment) bool { return o.ID == f.ID }) {
				b.files = append(b.files, f)
			}
		}
	}
}

// end writes message_end.
func (s *stream) end(b *basis, ev *app.Event) {
	s.open("message_end")
	s.text("id", string(s.Message))
	s.json("metadata", s.metadata(b, ev.Usage))
	s.json("files", endFiles(b.files))
	s.close()
}

func (s *stream) metadata(b *basis, u *app.Usage) Metadata {
	resources := b.resources
	if s.NoResources {
		resources = nil
	}
	m := NewMetadata(u, NewResources(resources, s.Message, s.Created))
	if s.Simple {
		m.Usage = nil
	}
	m.Annotation = s.Annotation
	return m
}

// sent writes message_file for files that a tool made.
func (s *stream) sent(files []app.Attachment) {
	for i := range files {
		s.open("message_file")
		s.text("id", string(files[i].ID))
		s.text("type", files[i].Kind)
		s.text("belongs_to", "assistant")
		s.text("url", FileURL(&files[i]))
		s.close()
	}
}
