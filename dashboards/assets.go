package dashboards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/charts"
)

// The folder is embedded as it is when the program is built: with vendor/ after
// `make setup`, without it on a bare checkout, where New then says what is missing.
//
//go:embed all:static
var ours embed.FS

// vendor is the folder of third-party files inside static/.
const vendor = "static/vendor"

// ThirdParty holds the third-party files built into the program, for New and
// for whoever else draws with the charting library. It is empty when the program
// was built before `make setup`.
func ThirdParty() fs.FS {
	sub, err := fs.Sub(ours, vendor)
	if err != nil { // only a malformed path could do this
		return embed.FS{}
	}
	return sub
}

var (
	weights = []int{400, 600, 700}
	scripts = []string{"latin-ext", "latin", "vietnamese"} // later ones win where ranges overlap
)

// thirdPartyFiles are the names that pages load.
func thirdPartyFiles() []string {
	names := []string{charts.LibraryFile, editorLibrary, sqlLibrary, apiLibrary, apiLooks, "tabler.min.css"}
	for _, s := range scripts {
		for _, w := range weights {
			names = append(names, fontFile(s, w))
		}
	}
	return names
}

func fontFile(script string, weight int) string {
	return fmt.Sprintf("be-vietnam-pro-%s-%d-normal.woff2", script, weight)
}

// asset is one file as it goes over the wire.
type asset struct {
	kind   string // media type
	tag    string // entity tag, also part of the name
	plain  []byte
	packed map[string][]byte // by content coding
}

// assets serves files under names that change with their content, so that
// browsers may keep them for good.
type assets struct {
	byName  map[string]*asset // "app.css" and "app.1a2b3c4d.css" alike
	address map[string]string // "app.css" -> "/static/app.1a2b3c4d.css"
}

const staticPath = "/static/"

// loadAssets reads our own files and the third-party ones. All that is missing
// is named in one error, with the command that gets it.
func loadAssets(third fs.FS) (*assets, error) {
	a := &assets{byName: map[string]*asset{}, address: map[string]string{}}
	if err := a.addThirdParty(third); err != nil {
		return nil, err
	}
	a.add("format.js", []byte(charts.FormatScript), nil)
	a.add("fonts.css", []byte(fontFaces(a.address)), nil)
	for _, name := range []string{
		"app.js", "chart.js", "downloads.js", "search.js", "live.js", "present.js", "theme.js", "forms.js", "underway.js", "texts.js", "api.js", "explore.js", "sql.js", "icon.svg",
		"app.css", "present.css", "print.css", "data.css", "dictionary.css", "resolution.css", "unesco.css", "disciplinepage.css", "areapage.css", "members.css", "events.css", "quality.css", "notes.css", "reports.css", "texts.css", "api.css", "sql.css", "people.css", "explore.css",
	} {
		content, err := ours.ReadFile("static/" + name)
		if err != nil {
			return nil, fmt.Errorf("reading our own %s: %w", name, err)
		}
		a.add(name, content, nil)
	}
	return a, nil
}

func (a *assets) addThirdParty(third fs.FS) error {
	var missing []string
	for _, name := range thirdPartyFiles() {
		content, err := fs.ReadFile(third, name)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, name)
			continue
		}
		if err != nil {
			return fmt.Errorf("reading third-party file %s: %w", name, err)
		}
		packed := map[string][]byte{}
		for coding, end := range map[string]string{"br": ".br", "gzip": ".gz"} {
			if twin, err := fs.ReadFile(third, name+end); err == nil {
				packed[coding] = twin
			}
		}
		a.add(name, content, packed)
	}
	if len(missing) > 0 {
		list := strings.Join(missing, ", ")
		return khue.Errorf(khue.Unavailable,
			"thiếu tệp của bên thứ ba cho trang web: %s; hãy chạy `make setup` rồi dựng lại chương trình",
			"third-party files that the pages need are missing: %s; run `make setup` and build the program again", list)
	}
	return nil
}

// mediaTypes are fixed here because the machine's own table may lack them.
var mediaTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".woff2": "font/woff2", ".svg": "image/svg+xml",
}

func (a *assets) add(name string, content []byte, packed map[string][]byte) {
	sum := sha256.Sum256(content)
	short := hex.EncodeToString(sum[:5])
	end := path.Ext(name)
	kind := mediaTypes[end]
	if kind == "" {
		kind = mime.TypeByExtension(end)
	}
	if packed == nil {
		packed = map[string][]byte{}
	}
	if _, ok := packed["gzip"]; !ok && end != ".woff2" {
		packed["gzip"] = packGzip(content, gzip.BestCompression)
	}
	one := &asset{kind: kind, tag: `"` + short + `"`, plain: content, packed: packed}
	hashed := strings.TrimSuffix(name, end) + "." + short + end
	a.byName[name], a.byName[hashed] = one, one
	a.address[name] = staticPath + hashed
}

func packGzip(content []byte, level int) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, level) // the levels used are valid
	_, _ = w.Write(content)                // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// serve answers for one file. A name that carries the content's hash never
// changes; the bare name is checked again each time.
func (a *assets) serve(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("name"), "/")
	one, ok := a.byName[name]
	if !ok {
		_ = c.Error(khue.Errorf(khue.NotFound, "không có tệp %q", "there is no file %q", short(name)))
		return
	}
	h := c.Writer.Header()
	h.Set("ETag", one.tag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(name, strings.Trim(one.tag, `"`)) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "public, no-cache")
	}
	if slices.Contains(splitList(c.GetHeader("If-None-Match")), one.tag) {
		c.Status(http.StatusNotModified)
		return
	}
	body := one.plain
	for _, coding := range []string{"br", "gzip"} {
		if packed, ok := one.packed[coding]; ok && accepts(c.GetHeader("Accept-Encoding"), coding) {
			h.Set("Content-Encoding", coding)
			body = packed
			break
		}
	}
	c.Data(http.StatusOK, one.kind, body)
}

// accepts tells whether a client takes a content coding; "br;q=0" refuses it.
func accepts(header, coding string) bool {
	for _, item := range splitList(header) {
		name, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			return !refused.MatchString(weight)
		}
	}
	return false
}

var refused = regexp.MustCompile(`^\s*q=0(\.0*)?\s*$`)

func splitList(header string) []string {
	var out []string
	for item := range strings.SplitSeq(header, ",") {
		out = append(out, strings.TrimPrefix(strings.TrimSpace(item), "W/"))
	}
	return out
}

// ranges are the characters that each font file has glyphs for.
var ranges = map[string]string{
	"latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
	"latin-ext": "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1D00-1DBF,U+1E00-1E9F,U+2020,U+20A0-20AA," +
		"U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF",
	"vietnamese": "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,U+0308-0309," +
		"U+0323,U+0329,U+1EA0-1EF9,U+20AB",
}

// fontFaces is the style sheet that names the font files by their addresses.
func fontFaces(address map[string]string) string {
	var b strings.Builder
	for _, s := range scripts {
		for _, w := range weights {
			fmt.Fprintf(&b, "@font-face{font-family:\"Be Vietnam Pro\";font-style:normal;font-weight:%d;font-display:swap;"+
				"src:url(%s) format(\"woff2\");unicode-range:%s}\n", w, address[fontFile(s, w)], ranges[s])
		}
	}
	for _, f := range standIns {
		for i, w := range weights {
			// The line is as high as that of our letters: 100 above and 27 below, of 100.
			fmt.Fprintf(&b, "@font-face{font-family:%q;font-weight:%d;src:%s;size-adjust:%.1f%%;ascent-override:%.1f%%;descent-override:%.1f%%;line-gap-override:0%%}\n",
				f.family, w, f.local, f.wider[i], 1e4/f.wider[i], 27e2/f.wider[i])
		}
	}
	return b.String()
}

// standIns are letters of the reader's own machine, shown until ours have come and
// made as wide as ours, so that nothing moves when they do. wider is the width of the
// overview's Vietnamese text in our letters, of 100 in theirs, by weight as in weights.
var standIns = []struct {
	family, local string
	wider         [3]float64
}{
	{"Khue Arial", `local("Arial"),local("Liberation Sans"),local("Helvetica")`, [3]float64{106.2, 104.6, 103.8}},
	{"Khue Roboto", `local("Roboto")`, [3]float64{108.7, 109.9, 110.7}},
	{"Khue DejaVu", `local("DejaVu Sans")`, [3]float64{95.8, 87.5, 88.4}},
}

// earlyLetters are the addresses of the letters that a page in a language shows
// first; browsers are told of them before they have read the style sheets.
func (a *assets) earlyLetters(lang khue.Lang) []string {
	early := []string{"latin"}
	if lang == khue.Vietnamese {
		early = append(early, "vietnamese")
	}
	var list []string
	for _, s := range early {
		for _, w := range weights {
			list = append(list, a.address[fontFile(s, w)])
		}
	}
	return list
}
