// Package chart draws bar, line, pie and scatter charts as SVG. The same data always gives the same bytes.
package chart

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"islet/app"
)

// Chart is what is to be drawn. A scatter chart takes X from the numbers of the first series and Y from the others.
type Chart struct {
	Kind   string // bar, line, pie or scatter
	Title  string
	X, Y   string   // what the axes are called
	Labels []string // one for each value of a series
	Series []Series
}

// Series are values under one name.
type Series struct {
	Name   string
	Values []float64
}

// The bounds of a chart: what more would show nobody could read.
const (
	maxSeries = 12
	maxValues = 2000
	maxText   = 60
)

// Kinds are the kinds of charts.
var Kinds = []string{"bar", "line", "pie", "scatter"}

// Geometry of the picture, in pixels.
const (
	width, height = 800, 450
	left, right   = 70, 24
	top, bottom   = 64, 64
)

var colours = []string{"#0b6e80", "#d9822b", "#5b6abf", "#3f8f4f", "#c2477f", "#8a6d3b", "#2f8fd0", "#a3452f", "#7a8b2a", "#8e5bb5", "#4a7a78", "#666f78"}

// SVG is the picture. Its error is chart_invalid.
func (c *Chart) SVG() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &picture{Chart: c}
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" font-size="13">`, width, height, width, height)
	p.put(`<title>%s</title>`, text(c.Title))
	p.put(`<rect width="%d" height="%d" fill="#ffffff"/>`, width, height)
	if c.Title != "" {
		p.put(`<text x="%d" y="30" text-anchor="middle" font-size="17" font-weight="600" fill="#1a2024">%s</text>`, width/2, text(clip(c.Title, maxText)))
	}
	switch c.Kind {
	case "pie":
		p.pie()
	case "scatter":
		p.scatter()
	default:
		p.axes()
	}
	p.put(`</svg>`)
	return []byte(p.b.String()), nil
}

func invalid(en, zh string, args ...any) *app.Error {
	return app.Errorf(app.Invalid, "chart_invalid", en, zh, args...)
}

func (c *Chart) check() error {
	n := len(c.Labels)
	switch {
	case c.Kind != "bar" && c.Kind != "line" && c.Kind != "pie" && c.Kind != "scatter":
		return invalid("%q is no kind of chart; use bar, line, pie or scatter", "不支持图表类型 %q；请使用 bar、line、pie 或 scatter", c.Kind)
	case len(c.Series) == 0 || len(c.Series[0].Values) == 0:
		return invalid("there are no numbers to draw", "没有可绘制的数值")
	case len(c.Series) > maxSeries || n > maxValues:
		return invalid("at most %d series of %d values can be drawn", "最多绘制 %d 个系列、每个系列 %d 个值", maxSeries, maxValues)
	case c.Kind == "scatter" && len(c.Series) < 2:
		return invalid("a scatter chart needs two columns of numbers", "散点图需要两列数值")
	}
	for _, s := range c.Series {
		if len(s.Values) != n {
			return invalid("every series needs one value for each label", "每个系列的数值个数必须与标签一致")
		}
		for _, v := range s.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e15 {
				return invalid("%v cannot be drawn", "数值 %v 无法绘制", v)
			}
			if c.Kind == "pie" && v < 0 {
				return invalid("a pie chart has no negative values", "饼图不能包含负数")
			}
		}
	}
	if c.Kind == "pie" && sum(c.Series[0].Values) == 0 {
		return invalid("there are no numbers to draw", "没有可绘制的数值")
	}
	return nil
}

func sum(list []float64) (total float64) {
	for _, v := range list {
		total += v
	}
	return total
}

type picture struct {
	*Chart
	b strings.Builder
}

func (p *picture) put(format string, args ...any) {
	fmt.Fprintf(&p.b, format+"\n", args...)
}

// text is a text as XML.
func text(s string) string {
	var b strings.Builder
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	_ = xml.EscapeText(&b, []byte(s)) // to memory
	return b.String()
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// wide is about how many pixels a text takes at a size of 13.
func wide(s string) float64 {
	w := 0.0
	for _, r := range s {
		if r > 0x2e80 {
			w += 13
		} else {
			w += 7.2
		}
	}
	return w
}

func px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func number(v float64) string {
	if a := math.Abs(v); a >= 1e6 {
		return strconv.FormatFloat(v/1e6, 'f', -1, 64) + "M"
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}

// scale is a range of round numbers that holds all values.
type scale struct{ from, to, step float64 }

func scaleOf(lo, hi float64, zero bool) scale {
	if zero {
		lo, hi = math.Min(lo, 0), math.Max(hi, 0)
	}
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	raw := (hi - lo) / 5
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit * 10
	for _, m := range []float64{1, 2, 2.5, 5} {
		if unit*m >= raw {
			step = unit * m
			break
		}
	}
	return scale{from: math.Floor(lo/step) * step, to: math.Ceil(hi/step) * step, step: step}
}

func (s scale) at(v, from, to float64) float64 { return from + (v-s.from)/(s.to-s.from)*(to-from) }

func (s scale) ticks() []float64 {
	var all []float64
	for i := 0; ; i++ {
		v := s.from + float64(i)*s.step
		if v > s.to+s.step/2 {
			return all
		}
		all = append(all, v)
	}
}

func extent(list []Series) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, s := range list {
		for _, v := range s.Values {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	return lo, hi
}

func (p *picture) grid(y scale, names []Series, first int) {
	for _, v := range y.ticks() {
		at := y.at(v, height-bottom, top)
		p.put(`<line x1="%d" y1="%s" x2="%d" y2="%s" stroke="#e0e4e6"/>`, left, px(at), width-right, px(at))
		p.put(`<text x="%d" y="%s" text-anchor="end" fill="#525c64" font-size="12">%s</text>`, left-8, px(at+4), number(v))
	}
	if p.X != "" {
		p.put(`<text x="%d" y="%d" text-anchor="middle" fill="#525c64">%s</text>`, (left+width-right)/2, height-10, text(clip(p.X, maxText)))
	}
	if p.Y != "" {
		mid := (top + height - bottom) / 2
		p.put(`<text x="16" y="%d" text-anchor="middle" fill="#525c64" transform="rotate(-90 16 %d)">%s</text>`, mid, mid, text(clip(p.Y, maxText)))
	}
	if len(names) > 1 || first > 0 && len(names) > 0 {
		p.legend(names, first)
	}
}

// legend names the series below the title.
func (p *picture) legend(names []Series, first int) {
	total := 0.0
	for _, s := range names {
		total += wide(clip(s.Name, 20)) + 34
	}
	x := math.Max((width-total)/2, left)
	for i, s := range names {
		name := clip(s.Name, 20)
		p.put(`<rect x="%s" y="42" width="11" height="11" rx="2" fill="%s"/>`, px(x), colours[(i+first)%len(colours)])
		p.put(`<text x="%s" y="52" fill="#1a2024" font-size="12">%s</text>`, px(x+16), text(name))
		x += wide(name) + 34
	}
}

// axes draws bars or lines over labels.
func (p *picture) axes() {
	lo, hi := extent(p.Series)
	y := scaleOf(lo, hi, p.Kind == "bar" || lo > 0 && lo < hi/2)
	p.grid(y, p.Series, 0)
	slot := float64(width-left-right) / float64(len(p.Labels))
	p.names(slot)
	zero := y.at(math.Max(y.from, math.Min(0, y.to)), height-bottom, top)
	for i, s := range p.Series {
		fill := colours[i%len(colours)]
		if p.Kind == "bar" {
			bar := slot * 0.72 / float64(len(p.Series))
			for j, v := range s.Values {
				at := y.at(v, height-bottom, top)
				x := float64(left) + slot*(float64(j)+0.14) + bar*float64(i)
				p.put(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"><title>%s: %s</title></rect>`, px(x), px(math.Min(at, zero)), px(math.Max(bar-1, 0.5)), px(math.Max(math.Abs(at-zero), 0.5)), fill, text(p.Labels[j]), number(v))
			}
			continue
		}
		points := make([]string, len(s.Values))
		for j, v := range s.Values {
			points[j] = px(float64(left)+slot*(float64(j)+0.5)) + "," + px(y.at(v, height-bottom, top))
		}
		p.put(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-linejoin="round"/>`, strings.Join(points, " "), fill)
		if len(s.Values) <= 60 {
			for j, pt := range points {
				cx, cy, _ := strings.Cut(pt, ",")
				p.put(`<circle cx="%s" cy="%s" r="3.5" fill="%s"><title>%s: %s</title></circle>`, cx, cy, fill, text(p.Labels[j]), number(s.Values[j]))
			}
		}
	}
	p.put(`<line x1="%d" y1="%s" x2="%d" y2="%s" stroke="#656f78"/>`, left, px(zero), width-right, px(zero))
}

// names writes the labels below the axis: all that fit, slanted where they are long.
func (p *picture) names(slot float64) {
	longest := 0.0
	for _, l := range p.Labels {
		longest = math.Max(longest, wide(clip(l, 14)))
	}
	every, slant := 1, longest > slot-6
	if room := slot; slant && room < 18 {
		every = int(math.Ceil(18 / room))
	}
	for i := 0; i < len(p.Labels); i += every {
		x, l := float64(left)+slot*(float64(i)+0.5), text(clip(p.Labels[i], 14))
		if slant {
			p.put(`<text x="%s" y="%d" text-anchor="end" fill="#525c64" font-size="12" transform="rotate(-35 %s %d)">%s</text>`, px(x+4), height-bottom+16, px(x+4), height-bottom+16, l)
			continue
		}
		p.put(`<text x="%s" y="%d" text-anchor="middle" fill="#525c64" font-size="12">%s</text>`, px(x), height-bottom+18, l)
	}
}

// scatter draws the points of the first series against the others.
func (p *picture) scatter() {
	xs, rest := p.Series[0], p.Series[1:]
	xlo, xhi := extent(p.Series[:1])
	ylo, yhi := extent(rest)
	x, y := scaleOf(xlo, xhi, false), scaleOf(ylo, yhi, false)
	if p.X == "" {
		p.X = xs.Name
	}
	if p.Y == "" && len(rest) == 1 {
		p.Y = rest[0].Name
	}
	p.grid(y, rest, 0)
	for _, v := range x.ticks() {
		at := x.at(v, left, width-right)
		p.put(`<line x1="%s" y1="%d" x2="%s" y2="%d" stroke="#eef0f1"/>`, px(at), top, px(at), height-bottom)
		p.put(`<text x="%s" y="%d" text-anchor="middle" fill="#525c64" font-size="12">%s</text>`, px(at), height-bottom+18, number(v))
	}
	for i, s := range rest {
		for j, v := range s.Values {
			p.put(`<circle cx="%s" cy="%s" r="4.5" fill="%s" fill-opacity="0.75"><title>%s: %s, %s</title></circle>`, px(x.at(xs.Values[j], left, width-right)), px(y.at(v, height-bottom, top)),
				colours[i%len(colours)], text(p.Labels[j]), number(xs.Values[j]), number(v))
		}
	}
}

// pie draws the first series as a circle, with a share for each label.
func (p *picture) pie() {
	values := p.Series[0].Values
	total := sum(values)
	const cx, cy, r = 270.0, 245.0, 165.0
	angle := -math.Pi / 2
	for i, v := range values {
		fill, part := colours[i%len(colours)], v/total
		share := fmt.Sprintf("%s: %s (%s%%)", p.Labels[i], number(v), px(part*100))
		if part >= 0.9999 {
			p.put(`<circle cx="%s" cy="%s" r="%s" fill="%s"><title>%s</title></circle>`, px(cx), px(cy), px(r), fill, text(share))
		} else if v > 0 {
			end := angle + part*2*math.Pi
			large := 0
			if part > 0.5 {
				large = 1
			}
			p.put(`<path d="M%s %s L%s %s A%s %s 0 %d 1 %s %s Z" fill="%s" stroke="#ffffff"><title>%s</title></path>`, px(cx), px(cy), px(cx+r*math.Cos(angle)), px(cy+r*math.Sin(angle)), px(r), px(r), large,
				px(cx+r*math.Cos(end)), px(cy+r*math.Sin(end)), fill, text(share))
			if part >= 0.05 {
				mid := angle + part*math.Pi
				p.put(`<text x="%s" y="%s" text-anchor="middle" fill="#ffffff" font-size="12">%s%%</text>`, px(cx+r*0.68*math.Cos(mid)), px(cy+r*0.68*math.Sin(mid)+4), px(math.Round(part*1000)/10))
			}
			angle = end
		}
		if i < 16 {
			y := 90 + i*20
			p.put(`<rect x="490" y="%d" width="11" height="11" rx="2" fill="%s"/>`, y, fill)
			p.put(`<text x="508" y="%d" fill="#1a2024" font-size="12">%s</text>`, y+10, text(clip(p.Labels[i], 24)+"  "+number(v)))
		}
	}
}
