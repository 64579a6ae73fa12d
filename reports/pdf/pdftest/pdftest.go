// Package pdftest reads PDF files back with poppler, a program that shares no code
// with the writer, for the tests of reports.
package pdftest

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"khue/charts"
	"khue/reports/pdf"
)

// Letters are those that reports are set in, from the packages that make setup fetches.
func Letters(t testing.TB) pdf.Letters {
	t.Helper()
	read := func(path string) []byte {
		for _, up := range []string{"..", "../..", "../../.."} {
			if b, err := os.ReadFile(filepath.Join(up, "node_modules/@expo-google-fonts", path)); err == nil {
				return b
			}
		}
		t.Fatalf("%s is missing; run make setup first", path)
		return nil
	}
	return pdf.Letters{
		Regular: read("tinos/400Regular/Tinos_400Regular.ttf"), Bold: read("tinos/700Bold/Tinos_700Bold.ttf"),
		Italic:     read("tinos/400Regular_Italic/Tinos_400Regular_Italic.ttf"),
		BoldItalic: read("tinos/700Bold_Italic/Tinos_700Bold_Italic.ttf"),
		Mono:       read("jetbrains-mono/400Regular/JetBrainsMono_400Regular.ttf"),
	}
}

// Charts draws charts as reports have them drawn.
func Charts(t testing.TB, l pdf.Letters) *charts.Renderer {
	t.Helper()
	library := "dashboards/static/vendor"
	for _, up := range []string{"..", "../..", "../../.."} {
		if _, err := os.Stat(filepath.Join(up, library)); err == nil {
			library = filepath.Join(up, library)
			break
		}
	}
	like := []string{"Times New Roman"}
	r, err := charts.New(charts.Options{Library: os.DirFS(library), Fonts: []charts.Font{
		{Family: "Tinos", Alike: like, TTF: l.Regular}, {Family: "Tinos", Alike: like, Bold: true, TTF: l.Bold},
	}})
	require.NoError(t, err, "run make setup first")
	return r
}

// File is a PDF under test.
type File struct {
	t    testing.TB
	path string
}

// Open puts a file where poppler can read it.
func Open(t testing.TB, b []byte) File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.pdf")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return File{t, path}
}

// run runs one of poppler's programs; what it complains of fails the test.
func (f File) run(program string, args ...string) string {
	f.t.Helper()
	path, err := exec.LookPath(program)
	require.NoError(f.t, err, "poppler is missing: sh tools/test-needs.sh installs it")
	var out, complaints bytes.Buffer
	c := exec.Command(path, args...)
	c.Stdout, c.Stderr = &out, &complaints
	require.NoError(f.t, c.Run(), "%s: %s", program, &complaints)
	require.Empty(f.t, complaints.String(), program)
	return out.String()
}

// Info is what the file says of itself, by name.
func (f File) Info() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(f.run("pdfinfo", f.path)) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

// Addresses are those on the web that the file leads to, in its order.
func (f File) Addresses() []string {
	var out []string
	for line := range strings.Lines(f.run("pdfinfo", "-url", f.path)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[1] == "Annotation" {
			out = append(out, fields[2])
		}
	}
	return out
}

// Pages is how many there are.
func (f File) Pages() int {
	n, err := strconv.Atoi(f.Info()["Pages"])
	require.NoError(f.t, err)
	return n
}

// Fonts are the letters in the file: name, then whether they are embedded, a
// subset, and readable as Unicode.
func (f File) Fonts() map[string][3]string {
	out := map[string][3]string{}
	for i, line := range strings.Split(strings.TrimSpace(f.run("pdffonts", f.path)), "\n") {
		if fields := strings.Fields(line); i > 1 {
			n := len(fields)
			out[fields[0]] = [3]string{fields[n-5], fields[n-4], fields[n-3]}
		}
	}
	return out
}

// Text is the text of a page as it stands there; page 0 is all of them. Blanks
// and breaks count as one blank.
func (f File) Text(page int) string {
	args := []string{"-layout"}
	if page > 0 {
		args = append(args, "-f", strconv.Itoa(page), "-l", strconv.Itoa(page))
	}
	return Flat(f.run("pdftotext", append(args, f.path, "-")...))
}

// Flat is a text with every run of blanks as one, in NFC.
func Flat(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// Word is a word and where it stands, in points from the upper left corner.
type Word struct {
	Page                   int
	Left, Top, Right, Foot float64
	Text                   string
}

// Sheet is a page's size in points.
type Sheet struct{ Width, Height float64 }

// Words are all words of the file, with the pages they stand on.
func (f File) Words() ([]Word, []Sheet) {
	var page struct {
		Pages []struct {
			Width  float64 `xml:"width,attr"`
			Height float64 `xml:"height,attr"`
			Words  []struct {
				Left  float64 `xml:"xMin,attr"`
				Top   float64 `xml:"yMin,attr"`
				Right float64 `xml:"xMax,attr"`
				Foot  float64 `xml:"yMax,attr"`
				Text  string  `xml:",chardata"`
			} `xml:"word"`
		} `xml:"body>doc>page"`
	}
	d := xml.NewDecoder(strings.NewReader(f.run("pdftotext", "-bbox", f.path, "-")))
	d.Strict, d.Entity = false, xml.HTMLEntity
	require.NoError(f.t, d.Decode(&page))
	var words []Word
	var sheets []Sheet
	for i, p := range page.Pages {
		sheets = append(sheets, Sheet{p.Width, p.Height})
		for _, w := range p.Words {
			words = append(words, Word{i + 1, w.Left, w.Top, w.Right, w.Foot, w.Text})
		}
	}
	return words, sheets
}

// Bookmark is an entry of the outline.
type Bookmark struct {
	Depth, Page int
	Text        string
}

// Bookmarks are the outline, in order.
func (f File) Bookmarks() []Bookmark {
	d := xml.NewDecoder(strings.NewReader(f.run("pdftohtml", "-xml", "-i", "-stdout", f.path)))
	d.Strict = false
	var out []Bookmark
	depth, in := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return out
		}
		switch v := token.(type) {
		case xml.StartElement:
			switch v.Name.Local {
			case "outline":
				depth++
			case "item":
				page, err := strconv.Atoi(v.Attr[0].Value)
				require.NoError(f.t, err)
				out, in = append(out, Bookmark{Depth: depth, Page: page}), true
			}
		case xml.EndElement:
			switch v.Name.Local {
			case "outline":
				depth--
			case "item":
				in = false
			}
		case xml.CharData:
			if in {
				out[len(out)-1].Text += string(v)
			}
		}
	}
}

// Pictures counts the pictures made of dots.
func (f File) Pictures() int {
	return len(strings.Split(strings.TrimSpace(f.run("pdfimages", "-list", f.path)), "\n")) - 2
}
