package ingest

import (
	"regexp"

	"khue"
)

// placeWords are the endings of places that are words and not names. A place is kept
// as it is written in English, since a fault without a record id is known by it.
var placeWords = []struct {
	ending *regexp.Regexp
	vi     string
}{
	{regexp.MustCompile(`^(.+) page (\d+) record (\d+)$`), "$1 trang $2, bản ghi $3"},
	{regexp.MustCompile(`^(.+ › (?:.+!)?)row (\d+)$`), "${1}dòng $2"},
	{regexp.MustCompile(`^(.+ › )row (\d+), column (.+)$`), "${1}dòng $2, cột $3"},
	{regexp.MustCompile(`^(.+ › )line (\d+)$`), "${1}dòng $2"},
	{regexp.MustCompile(`^((?:.+, )?)row (\d+) of batch (\w+)$`), "${1}dòng $2 của lô $3"},
}

// PlaceText is the place of a row as people read it.
func PlaceText(place string) khue.Text {
	for _, w := range placeWords {
		if w.ending.MatchString(place) {
			return khue.Text{VI: w.ending.ReplaceAllString(place, w.vi), EN: place}
		}
	}
	return khue.Text{VI: place, EN: place}
}
