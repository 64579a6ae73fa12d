package ingest

import "strings"

// phrases are texts that rows are known by, compared without regard to case and
// spacing. One that ends with '*' stands for all that begin so.
type phrases struct {
	whole  map[string]bool
	begins []string
}

// newPhrases is nil for no phrases.
func newPhrases(list []string) *phrases {
	if len(list) == 0 {
		return nil
	}
	p := &phrases{whole: make(map[string]bool)}
	for _, s := range list {
		if begin, ok := strings.CutSuffix(s, "*"); ok && plain(begin) != "" {
			p.begins = append(p.begins, plain(begin))
		} else {
			p.whole[plain(s)] = true
		}
	}
	return p
}

func (p *phrases) match(s string) bool {
	key := plain(s)
	if p.whole[key] {
		return true
	}
	for _, b := range p.begins {
		if strings.HasPrefix(key, b) {
			return true
		}
	}
	return false
}
