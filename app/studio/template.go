package studio

import (
	"context"

	"islet/app"
	"islet/app/studio/gallery"
	"islet/store"
)

// FromTemplate makes an app of a template in the language of the caller, with the site's default model in every place that takes
// one. What it is told of name, description, icon and colour wins over the template.
func (s *Studio) FromTemplate(ctx context.Context, id string, info app.App) (*app.App, error) {
	t, err := gallery.Find(id)
	if err != nil {
		return nil, err
	}
	var model app.ModelRef
	if s.DefaultModel != nil {
		if model, err = s.DefaultModel(ctx); err != nil {
			return nil, err
		}
	}
	a, err := t.App(app.ScopeOf(ctx).Lang, model)
	if err != nil {
		return nil, err
	}
	for _, o := range []struct {
		dst *string
		say string
	}{{&a.Name, info.Name}, {&a.Description, info.Description}, {&a.Icon, info.Icon}, {&a.IconColor, info.IconColor}} {
		if o.say != "" {
			*o.dst = o.say
		}
	}
	if err := checkInfo(a); err != nil {
		return nil, err
	}
	s.dress(ctx, a)
	if err := s.DB.Update(ctx, func(tx *store.Tx) error { return tx.InsertApp(a) }); err != nil {
		return nil, err
	}
	return a, nil
}
