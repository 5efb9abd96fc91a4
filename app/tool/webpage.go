package tool

import (
	"context"
	"strings"

	"islet/app"
)

// maxPage is how many characters of a page a reader gets at once.
const maxPage = 40_000

func readPage(d Deps) *Tool {
	t := &Tool{Name: "webscraper", Label: app.Text{En: "Read a web page", Zh: "读取网页"}, Description: "Reads a web page or a document at an address and returns its text as Markdown.",
		Params: []Param{text("url", "Address", "网址", "of the page, with http:// or https://", true, nil)}}
	t.Call = func(ctx context.Context, args map[string]any) (Result, error) {
		if d.Page == nil {
			return Result{}, app.Errorf(app.Unavailable, "pages_unavailable", "pages cannot be read here", "当前环境无法读取网页")
		}
		title, body, err := d.Page(ctx, strings.TrimSpace(str(args, "url", "")))
		if err != nil {
			return Result{}, err
		}
		if r := []rune(body); len(r) > maxPage {
			body = string(r[:maxPage]) + "\n[…]"
		}
		if title != "" && !strings.Contains(body[:min(len(body), 300)], title) {
			body = "# " + title + "\n\n" + body
		}
		return say(strings.TrimSpace(body)), nil
	}
	return t
}
