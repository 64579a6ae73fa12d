package ingest

import (
	"encoding/json"
	"fmt"
)

// LoadedFile tells whether a file of this content was read by a source of kind
// files, by the mark that its last pull left: under which name, and whether it was
// at all. sum is the SHA-256 of the content in hexadecimal digits.
func LoadedFile(mark, sum string) (name string, ok bool, err error) {
	if mark == "" || sum == "" {
		return "", false, nil
	}
	var m filesMark
	if err := json.Unmarshal([]byte(mark), &m); err != nil {
		return "", false, fmt.Errorf("reading the mark of the files: %w", err)
	}
	for name, state := range m.Files {
		if state.SHA256 == sum {
			return name, true, nil
		}
	}
	return "", false, nil
}
