package extract

import "strings"

// readProperties writes each property as "key: value"; comments and blank lines stay.
func readProperties(b []byte) (string, error) {
	s, err := decode(b)
	if err != nil {
		return "", err
	}
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		lines[i] = line
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		key, val, ok := strings.Cut(line, "=")
		if !ok {
			key, val, _ = strings.Cut(line, ":")
		}
		lines[i] = strings.TrimSpace(key) + ": " + strings.TrimSpace(val)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n"), nil
}
