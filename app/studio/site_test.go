package studio_test

import (
	"errors"
	"slices"
	"testing"

	"islet/app"
	"islet/app/studio"
)

func TestUpdateSite_takesOriginsAndNothingThatCouldEndAHeader(t *testing.T) {
	b := newBench(t)
	s, ctx := b.s, b.ctx
	a := &app.App{Name: "x"}
	if err := s.Create(ctx, a); err != nil {
		t.Fatal(err)
	}
	set := func(list ...string) ([]string, error) {
		got, err := s.UpdateSite(ctx, a.ID, studio.SiteChange{Embed: &list})
		if err != nil {
			return nil, err
		}
		return got.Site.Embed, nil
	}
	got, err := set(" https://Portal.Example.com/path?x ", "http://10.0.0.5:8080", "http://10.0.0.5:8080/", "https://*.example.com", "", "http://[::1]:90")
	want := []string{"https://portal.example.com", "http://10.0.0.5:8080", "https://*.example.com", "http://[::1]:90"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for _, bad := range []string{"portal", "ftp://x", "http://a;script-src *", "http://a b", "http://a'b", "http://x.*.com", "javascript:alert(1)", "http://u:p@x", "http://a,b", "http://a\nb"} {
		if got, err := set(bad); !errors.Is(err, &app.Error{Code: "origin_invalid"}) {
			t.Errorf("%q became %q, %v", bad, got, err)
		}
	}
}
