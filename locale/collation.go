package locale

import (
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Collator compares by Vietnamese rules; it is not safe for use by several goroutines.
func Collator() *collate.Collator { return collate.New(language.Vietnamese, collate.IgnoreCase) }

// CollationKeys give names their places by Vietnamese rules: names stand in the order of
// the bytes of their keys. To make a key costs more than all the rest of sorting, and
// the same names are sorted again and again, so that keys are remembered.
type CollationKeys struct {
	mu       sync.Mutex
	collator *collate.Collator
	buffer   collate.Buffer
	keys     map[string]string
}

// mostKeys bounds what is remembered: a city's register several times over, about ten
// megabytes.
const mostKeys = 50_000

// Of gives the key of a name. It is safe for use by several goroutines.
func (k *CollationKeys) Of(name string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, known := k.keys[name]; known {
		return key
	}
	if k.keys == nil || len(k.keys) >= mostKeys {
		k.collator, k.keys = Collator(), make(map[string]string)
	}
	key := string(k.collator.KeyFromString(&k.buffer, name))
	k.buffer.Reset()
	k.keys[name] = key
	return key
}
