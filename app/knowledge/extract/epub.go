package extract

import (
	"cmp"
	"net/url"
	"path"
	"strings"
)

// readEPUB reads the chapters of a book in the order of its spine.
func readEPUB(b []byte, p *page) error {
	a, err := openArchive(b)
	if err != nil {
		return err
	}
	root := ""
	x, err := a.xml("META-INF/container.xml")
	if err != nil {
		return err
	}
	err = x.find("rootfile", func(e element) error {
		root = cmp.Or(root, e.attr("full-path"))
		return nil
	})
	if err != nil {
		return err
	}
	chapters, err := a.spine(root)
	if err != nil {
		return err
	}
	if len(chapters) > maxPages {
		return tooLarge("more than %d chapters", "超过 %d 章", maxPages)
	}
	locked := a.locked()
	for i, c := range chapters {
		if locked[c] {
			return encrypted()
		}
		raw, err := a.member(c)
		if err != nil {
			return err
		}
		text, err := htmlMarkdown(decodeAny(raw), p.rich)
		if err != nil {
			return err
		}
		if text = strings.TrimSpace(text); text != "" {
			p.turn(i+1, firstHeading(text))
			p.add(text, "\n\n")
		}
		if p.full {
			break
		}
	}
	return nil
}

// firstHeading is the first heading of a Markdown text.
func firstHeading(text string) string {
	for line := range strings.Lines(text) {
		if bare := strings.TrimLeft(line, "#"); bare != line && strings.HasPrefix(bare, " ") {
			return strings.TrimSpace(bare)
		}
	}
	return ""
}

// spine are the names of the chapters in order.
func (a *archive) spine(root string) ([]string, error) {
	x, err := a.xml(root)
	if err != nil {
		return nil, err
	}
	hrefs := map[string]string{}
	var ids, chapters []string
	err = x.each(func(element) error {
		return x.each(func(e element) error {
			switch e.Name.Local {
			case "manifest", "spine":
				return x.each(func(e element) error {
					switch e.Name.Local {
					case "item":
						hrefs[e.attr("id")] = e.attr("href")
					case "itemref":
						ids = append(ids, e.attr("idref"))
					}
					return nil
				}, nil)
			}
			return nil
		}, nil)
	}, nil)
	for _, id := range ids {
		href, _, _ := strings.Cut(hrefs[id], "#")
		if plain, err := url.PathUnescape(href); err == nil {
			href = plain
		}
		if name := path.Join(path.Dir(root), href); a.members[name] != nil && strings.HasSuffix(strings.ToLower(href), "ml") {
			chapters = append(chapters, name)
		}
	}
	return chapters, err
}

// locked are the members that a seller has encrypted; fonts often are, which does not matter.
func (a *archive) locked() map[string]bool {
	names := map[string]bool{}
	x, err := a.xml("META-INF/encryption.xml")
	if err != nil {
		return names
	}
	_ = x.find("CipherReference", func(e element) error { // what cannot be read locks nothing
		names[path.Clean(e.attr("URI"))] = true
		return nil
	})
	return names
}
