package extract

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML writes YAML anew in block style without comments, as Python's yaml.dump does. Anchors stay anchors, so that
// nothing multiplies.
func readYAML(b []byte) (string, error) {
	s, err := decode(b)
	if err != nil {
		return "", err
	}
	var p page
	in, out := yaml.NewDecoder(strings.NewReader(s)), yaml.NewEncoder(&p)
	out.SetIndent(2)
	out.CompactSeqIndent()
	for {
		var doc yaml.Node
		if err := in.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", err
		}
		if err := plainYAML(&doc, 0); err != nil {
			return "", err
		}
		if err := out.Encode(&doc); err != nil {
			return "", err
		}
	}
	if err := out.Close(); err != nil {
		return "", err
	}
	return p.text()
}

func plainYAML(n *yaml.Node, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	if n.Kind != yaml.ScalarNode {
		n.Style &^= yaml.FlowStyle
	}
	for _, c := range n.Content {
		if err := plainYAML(c, depth+1); err != nil {
			return err
		}
	}
	return nil
}
