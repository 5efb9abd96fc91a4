package chart_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"islet/app"
	"islet/app/tool/chart"
)

var update = flag.Bool("update", false, "write the golden pictures")

func TestSVG_goldens(t *testing.T) {
	for name, c := range map[string]chart.Chart{
		"bar":     {Kind: "bar", Title: "各厂区季度产量", Y: "吨", Labels: []string{"一季度", "二季度", "三季度", "四季度"}, Series: []chart.Series{{"北厂", []float64{120, 150, 90, 180}}, {"南厂", []float64{80, -20, 130.5, 140}}}},
		"line":    {Kind: "line", Title: "Visits <b>&</b> orders", X: "Day", Labels: []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}, Series: []chart.Series{{"visits", []float64{1000, 1200, 900, 1500, 1700}}}},
		"pie":     {Kind: "pie", Title: "费用构成", Labels: []string{"人工", "材料", "能源", "其他"}, Series: []chart.Series{{"万元", []float64{50, 30, 15, 5}}}},
		"scatter": {Kind: "scatter", Title: "温度与故障率", Labels: []string{"a", "b", "c"}, Series: []chart.Series{{"温度 ℃", []float64{20, 25.5, 31}}, {"故障率 %", []float64{0.2, 0.35, 1.1}}}},
	} {
		got, err := c.SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for d := xml.NewDecoder(strings.NewReader(string(got))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is no XML: %v", name, err)
			}
		}
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s differs from its golden picture (%v); -update writes it", name, err)
		}
	}
}

func TestSVG_refuses(t *testing.T) {
	for name, c := range map[string]chart.Chart{
		"a kind that is none": {Kind: "radar", Labels: []string{"a"}, Series: []chart.Series{{"", []float64{1}}}},
		"nothing":             {Kind: "bar"},
		"lengths that differ": {Kind: "bar", Labels: []string{"a", "b"}, Series: []chart.Series{{"", []float64{1}}}},
		"a negative slice":    {Kind: "pie", Labels: []string{"a"}, Series: []chart.Series{{"", []float64{-1}}}},
		"an empty pie":        {Kind: "pie", Labels: []string{"a"}, Series: []chart.Series{{"", []float64{0}}}},
		"one column":          {Kind: "scatter", Labels: []string{"a"}, Series: []chart.Series{{"", []float64{1}}}},
		"infinity":            {Kind: "line", Labels: []string{"a"}, Series: []chart.Series{{"", []float64{math.Inf(1)}}}},
	} {
		if _, err := c.SVG(); app.AsError(err) == nil || app.AsError(err).Code != "chart_invalid" {
			t.Errorf("%s: %v, want chart_invalid", name, err)
		}
	}
}
