package studio

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"islet/app"
)

func checkSite(site *app.Site) error {
	if site.Lang != "" && site.Lang != app.English && site.Lang != app.Chinese {
		return app.Errorf(app.Invalid, "language_unknown", "the language must be en or zh-CN", "语言必须是 en 或 zh-CN")
	}
	for _, f := range []struct {
		en, zh, text string
		limit        int
	}{
		{"title", "标题", site.Title, maxName},
		{"description", "描述", site.Description, maxSiteText},
		{"placeholder", "输入框提示语", site.Placeholder, maxPlaceholder},
		{"disclaimer", "免责声明", site.Disclaimer, maxSiteText},
		{"copyright", "版权信息", site.Copyright, maxDescription},
	} {
		if err := short(f.en, f.zh, f.text, f.limit); err != nil {
			return err
		}
	}
	return checkReach(site)
}

// maxEmbed bounds how many sites may frame a web app: they stand in a header.
const maxEmbed = 50

// checkReach checks who may use the web app and where it may be shown, and brings origins into the form in which browsers
// compare them.
func checkReach(site *app.Site) error {
	switch site.Access {
	case "", app.AccessPublic, app.AccessMembers, app.AccessInvited:
	default:
		return app.Errorf(app.Invalid, "access_unknown", "access is public, members or invited", "访问权限只能是 public、members 或 invited")
	}
	if site.Color != "" && !isColor(site.Color) {
		return app.Errorf(app.Invalid, "color_invalid", "the colour must look like #0B6E80", "颜色的格式应为 #0B6E80")
	}
	if site.Privacy = strings.TrimSpace(site.Privacy); site.Privacy != "" {
		u, err := url.Parse(site.Privacy)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(site.Privacy) > 500 {
			return app.Errorf(app.Invalid, "url_invalid", "the privacy link must begin with http:// or https://", "隐私政策链接必须以 http:// 或 https:// 开头")
		}
	}
	if len(site.Embed) > maxEmbed {
		return app.Errorf(app.Invalid, "too_many_origins", "at most %d sites may show the web app", "最多允许 %d 个网站嵌入此应用", maxEmbed)
	}
	list := []string{}
	for _, text := range site.Embed {
		origin, err := checkOrigin(text)
		if err != nil {
			return err
		}
		if origin != "" && !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	site.Embed = list
	return nil
}

// checkOrigin is scheme, host and port of an address, whatever follows them dropped. Nothing passes that could end the header
// which it will stand in.
func checkOrigin(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || text == "*" {
		return text, nil
	}
	wrong := app.Errorf(app.Invalid, "origin_invalid", "%q is not the address of a site; write it like https://portal.example.com or http://10.0.0.5:8080", "“%s”不是有效的网站地址；格式如 https://portal.example.com 或 http://10.0.0.5:8080", text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
		return "", wrong
	}
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]*"
	if strings.ContainsFunc(u.Host, func(r rune) bool { return !strings.ContainsRune(allowed, r) }) || strings.Contains(strings.TrimPrefix(u.Host, "*."), "*") {
		return "", wrong
	}
	return u.Scheme + "://" + u.Host, nil
}

// Embeds are the origins whose pages may show the web app of a code in a frame; none where there is no open web app. An error is none
// too: a page that could not be checked is not framed.
func (s *Studio) Embeds(ctx context.Context, code string) []string {
	rel, err := s.BySite(ctx, code)
	if err != nil {
		return nil
	}
	return rel.App.Site.Embed
}
