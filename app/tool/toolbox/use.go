package toolbox

import (
	"context"
	"encoding/json"
	"strings"

	"islet/app"
	"islet/store"
)

// ToolUse is an app that calls tools of a provider.
type ToolUse struct {
	App       app.ID   `json:"id"`
	Name      string   `json:"name"`
	Mode      app.Mode `json:"mode"`
	Icon      string   `json:"icon"`
	IconColor string   `json:"icon_color"`
}

// Uses lists the apps whose draft or published version names a provider. A provider's id is unlike any other text.
func (b *Box) Uses(ctx context.Context, provider string) ([]ToolUse, error) {
	list := []ToolUse{}
	if _, err := app.ParseID(provider); err != nil {
		return list, nil //nolint:nilerr // a provider of the binary has no id, and no app names it
	}
	names := func(set *app.Settings) bool {
		raw, err := json.Marshal(set)
		return err == nil && strings.Contains(string(raw), provider)
	}
	err := b.DB.View(ctx, func(s *store.Snapshot) error {
		apps, _, err := s.Apps(store.AppFilter{Limit: 1000})
		if err != nil {
			return err
		}
		for _, a := range apps {
			used := names(&a.Draft)
			if !used && a.Published != "" {
				v, err := s.Version(a.ID, a.Published)
				if err != nil {
					return err
				}
				used = names(&v.Settings)
			}
			if used && string(a.ID) != provider {
				list = append(list, ToolUse{App: a.ID, Name: a.Name, Mode: a.Mode, Icon: a.Icon, IconColor: a.IconColor})
			}
		}
		return nil
	})
	return list, err
}
