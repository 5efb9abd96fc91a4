package extract

import (
	"errors"
	"strconv"
	"strings"
)

// numbering counts the automatic numbers of a Word document, which are not part of its text: "1.", "第一条", "(a)".
type numbering struct {
	levels   map[string][9]numberLevel // by abstract list
	lists    map[string]string         // abstract list by list
	starts   map[string]map[int]int    // where a list begins anew, by list
	styles   map[string]styled
	counters map[string]*[9]int // by abstract list
	begun    map[string]bool    // lists whose starts have been applied
}

type numberLevel struct {
	start        int
	format, text string
}

type styled struct{ based, num, level, name, outline string }

const (
	maxLevels = 9
	maxMark   = 60 // bytes of the text around a number
)

// numbering reads the parts that say how lists are numbered. Documents without lists have none.
func (a *archive) numbering(targets, kinds map[string]string) (*numbering, error) {
	n := &numbering{levels: map[string][9]numberLevel{}, lists: map[string]string{}, starts: map[string]map[int]int{},
		styles: map[string]styled{}, counters: map[string]*[9]int{}, begun: map[string]bool{}}
	for id, kind := range kinds {
		read := map[string]func(*xmlReader) error{"numbering": n.readLists, "styles": n.readStyles}[kind]
		if read == nil {
			continue
		}
		x, err := a.xml(targets[id])
		if errors.Is(err, errNoMember) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := x.each(func(element) error { return read(x) }, nil); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *numbering) readLists(x *xmlReader) error {
	return x.each(func(e element) error {
		switch e.Name.Local {
		case "abstractNum":
			id := e.attr("abstractNumId")
			var levels [maxLevels]numberLevel
			err := x.each(func(e element) error {
				if e.Name.Local != "lvl" {
					return nil
				}
				return readLevel(x, &levels[number(e.attr("ilvl"), 0, maxLevels-1)])
			}, nil)
			n.levels[id] = levels
			return err
		case "num":
			id := e.attr("numId")
			n.starts[id] = map[int]int{}
			return x.each(func(e element) error {
				switch e.Name.Local {
				case "abstractNumId":
					n.lists[id] = e.attr("val")
				case "lvlOverride":
					level := number(e.attr("ilvl"), 0, maxLevels-1)
					return x.each(func(e element) error {
						if e.Name.Local == "startOverride" {
							n.starts[id][level] = number(e.attr("val"), 0, 1<<20)
						}
						return nil
					}, nil)
				}
				return nil
			}, nil)
		}
		return nil
	}, nil)
}

func readLevel(x *xmlReader, l *numberLevel) error {
	l.start = 1
	return x.each(func(e element) error {
		switch val := e.attr("val"); e.Name.Local {
		case "start":
			l.start = number(val, 0, 1<<20)
		case "numFmt":
			l.format = val
		case "lvlText":
			if len(val) <= maxMark {
				l.text = val
			}
		}
		return nil
	}, nil)
}

func (n *numbering) readStyles(x *xmlReader) error {
	return x.each(func(e element) error {
		if e.Name.Local != "style" {
			return nil
		}
		var s styled
		err := x.each(func(e element) error {
			switch e.Name.Local {
			case "name":
				s.name = strings.ToLower(e.attr("val"))
			case "basedOn":
				s.based = e.attr("val")
			case "pPr":
				return x.each(func(e element) error {
					switch e.Name.Local {
					case "numPr":
						return readNumPr(x, &s.num, &s.level)
					case "outlineLvl":
						s.outline = e.attr("val")
					}
					return nil
				}, nil)
			}
			return nil
		}, nil)
		n.styles[e.attr("styleId")] = s
		return err
	}, nil)
}

// heading is the level of a paragraph that is a heading, 1 for the highest; 0 of any other. outline is what the paragraph itself says.
func (n *numbering) heading(style, outline string) int {
	for range 10 { // styles build on each other, perhaps in a circle
		s, ok := n.styles[style]
		if outline != "" || !ok {
			break
		}
		if s.name == "title" {
			return 1
		}
		outline, style = s.outline, s.based
		for _, prefix := range []string{"heading ", "标题 ", "標題 "} {
			if level, ok := strings.CutPrefix(s.name, prefix); ok && outline == "" {
				return number(level, 1, maxLevel)
			}
		}
	}
	if outline == "" || outline == "9" { // 9 is body text
		return 0
	}
	return number(outline, 0, maxLevel-1) + 1
}

func readNumPr(x *xmlReader, num, level *string) error {
	return x.each(func(e element) error {
		switch e.Name.Local {
		case "numId":
			*num = e.attr("val")
		case "ilvl":
			*level = e.attr("val")
		}
		return nil
	}, nil)
}

// next counts a paragraph and returns what stands before its text.
func (n *numbering) next(style, num, level string) string {
	for range 10 { // styles build on each other, perhaps in a circle
		s, ok := n.styles[style]
		if num != "" || !ok {
			break
		}
		num = s.num
		if level == "" {
			level = s.level
		}
		style = s.based
	}
	list, ok := n.lists[num]
	if !ok || num == "0" {
		return ""
	}
	levels, at := n.levels[list], number(level, 0, maxLevels-1)
	l := levels[at]
	if l.format == "bullet" {
		return strings.Repeat("  ", at) + "- "
	}
	if l.format == "" || l.format == "none" {
		return ""
	}
	return n.count(num, list, at, levels)
}

func (n *numbering) count(num, list string, at int, levels [maxLevels]numberLevel) string {
	c := n.counters[list]
	if c == nil {
		c = new([maxLevels]int)
		for i := range c {
			c[i] = levels[i].start - 1
		}
		n.counters[list] = c
	}
	if !n.begun[num] {
		n.begun[num] = true
		for i, start := range n.starts[num] {
			c[i] = start - 1
		}
	}
	c[at]++
	for i := at + 1; i < maxLevels; i++ {
		c[i] = levels[i].start - 1
	}
	mark := levels[at].text
	for i := range at + 1 {
		mark = strings.ReplaceAll(mark, "%"+strconv.Itoa(i+1), ordinal(levels[i].format, max(c[i], levels[i].start)))
	}
	if mark == "" {
		return ""
	}
	return mark + " "
}

// ordinal writes a number in one of Word's forms.
func ordinal(format string, n int) string {
	switch format {
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "upperLetter", "lowerLetter":
		if n > 0 && n < 26*26 {
			s := strings.Repeat(string(rune('A'+(n-1)%26)), (n-1)/26+1)
			if format == "lowerLetter" {
				s = strings.ToLower(s)
			}
			return s
		}
	case "upperRoman":
		return roman(n)
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand", "ideographDigital", "japaneseCounting":
		return chinese(n)
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n >= 1 && n <= 20 {
			return string(rune('①' + n - 1))
		}
	case "ideographTraditional":
		if n >= 1 && n <= 10 {
			return string([]rune("甲乙丙丁戊己庚辛壬癸")[n-1])
		}
	case "ideographZodiac":
		if n >= 1 && n <= 12 {
			return string([]rune("子丑寅卯辰巳午未申酉戌亥")[n-1])
		}
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		n int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.n; n -= r.n {
			b.WriteString(r.s)
		}
	}
	return b.String()
}

// chinese writes numbers below ten thousand: 十二, 一百零五.
func chinese(n int) string {
	if n < 0 || n > 9999 {
		return strconv.Itoa(n)
	}
	digits, units := []rune("零一二三四五六七八九"), []string{"千", "百", "十", ""}
	if n == 0 {
		return "零"
	}
	var b strings.Builder
	zero := false
	for i, unit := range []int{1000, 100, 10, 1} {
		d := n / unit % 10
		if d == 0 {
			zero = b.Len() > 0
			continue
		}
		if zero {
			b.WriteRune('零')
			zero = false
		}
		if !(unit == 10 && d == 1 && b.Len() == 0) {
			b.WriteRune(digits[d])
		}
		b.WriteString(units[i])
	}
	return b.String()
}
