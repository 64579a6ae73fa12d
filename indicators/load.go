package indicators

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/indicators/definitionfile"
)

//go:embed definitions
var embedded embed.FS

// definition is one definition file in force.
type definition struct {
	name    string // path below the definitions folder: what a user's file replaces
	shown   string // path as the user knows it, for messages
	ours    bool   // comes with the product
	content []byte // in NFC
}

// largestDefinition bounds a file; real ones are a few kilobytes.
const largestDefinition = 4 << 20

// Load reads the definitions that come with the product and lays the user's
// folder over them: a file of the same name replaces ours, a new one adds to
// them. An empty userDir means ours alone. Everything wrong in any file comes
// back together as khue.Faults with file and line.
func Load(userDir string) (*Catalogue, error) {
	var faults khue.Faults
	ours, _ := fs.Sub(embedded, "definitions")
	inForce := make(map[string]definition)
	readDefinitions(inForce, ours, "definitions", true, &faults)
	if userDir != "" {
		readDefinitions(inForce, os.DirFS(userDir), userDir, false, &faults)
	}
	names := make([]string, 0, len(inForce))
	for name := range inForce {
		names = append(names, name)
	}
	slices.Sort(names)
	files := make([]definition, len(names))
	for i, name := range names {
		files[i] = inForce[name]
	}
	c := catalogueOf(files, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// catalogueOf reads definition files, which come in the order of their names.
func catalogueOf(files []definition, faults *khue.Faults) *Catalogue {
	var d draft
	digest := sha256.New()
	for _, f := range files {
		fmt.Fprintf(digest, "%s\x00%d\x00", f.name, len(f.content))
		digest.Write(f.content)
		d.read(definitionfile.Document{File: f.shown, Ours: f.ours, Faults: faults}, f.content)
	}
	c := d.check()
	c.counts()
	c.version = hex.EncodeToString(digest.Sum(nil))[:12]
	c.files = files
	return c
}

// readDefinitions adds every YAML file below a folder; hidden ones, which
// editors leave behind, are passed over.
func readDefinitions(into map[string]definition, folder fs.FS, shown string, ours bool, faults *khue.Faults) {
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != "." && strings.HasPrefix(path.Base(name), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(name)
		if entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		full := filepath.Join(shown, filepath.FromSlash(name))
		info, err := fs.Stat(folder, name) // follows links: mounted configuration is often linked
		if err != nil {
			return fmt.Errorf("looking at %s: %w", full, err)
		}
		if info.IsDir() {
			return nil
		}
		if info.Size() > largestDefinition {
			faults.Add(full, 0, "a definition file may hold at most %d MB", largestDefinition>>20)
			return nil
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", full, err)
		}
		key := strings.TrimSuffix(name, ext) + ".yaml"
		if before, twice := into[key]; twice && before.ours == ours {
			faults.Add(full, 0, "this file and %s have one name; keep one of them", before.shown)
			return nil
		}
		into[key] = definition{name: key, shown: full, ours: ours, content: norm.NFC.Bytes(content)}
		return nil
	})
	if err != nil {
		faults.Add(shown, 0, "reading definitions: %v", err)
	}
}
