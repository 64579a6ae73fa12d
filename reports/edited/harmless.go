package edited

import (
	"encoding/xml"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"khue"
)

func (p parts) names() []string { return slices.Sorted(maps.Keys(p)) }

// harmless refuses what runs, what loads from elsewhere, and what brings other
// files along. Workbooks of charts are files within the file and are looked into.
func (p parts) harmless(t contentTypes, within string, depth int) error {
	for _, name := range p.names() {
		kind, low := strings.ToLower(t.of(name)), strings.ToLower(name)
		base := path.Base(low)
		switch {
		case strings.Contains(kind, "macroenabled"), strings.Contains(kind, "vbaproject"), strings.Contains(base, "vbaproject"), strings.Contains(base, "vbadata"):
			return refuse(within, "tệp có macro; hãy lưu lại thành .docx không có macro", "the file has macros; save it as a .docx without them")
		case strings.Contains(kind, "activex"), strings.Contains(low, "/activex/"), strings.Contains(low, "/ctrlprops/"):
			return refuse(within, "tệp có điều khiển ActiveX hoặc biểu mẫu chạy được; hãy xóa đi", "the file has ActiveX or form controls; take them out")
		case strings.Contains(kind, "oleobject"), strings.Contains(base, "oleobject"), strings.HasPrefix(base, "attachedtoolbars"):
			return embedded(within, name)
		case strings.HasSuffix(low, ".rels"):
			if err := p.relations(name, within); err != nil {
				return err
			}
		case strings.Contains(low, "/embeddings/"):
			if err := p.workbook(name, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func embedded(within, name string) error {
	if within != "" {
		name = within
	}
	return khue.Errorf(khue.Invalid, "tệp có đối tượng nhúng (%s); hãy xóa đi hoặc dán thành chữ, bảng", "the file has an embedded object (%s); take it out, or paste it as text or a table", path.Base(name))
}

func refuse(within, vi, en string) error {
	if within != "" {
		return khue.Errorf(khue.Invalid, "trong %[1]s: %[2]s", "in %[1]s: %[3]s", path.Base(within), vi, en)
	}
	return &khue.Error{Kind: khue.Invalid, Message: khue.Text{VI: vi, EN: en}}
}

// workbook looks into a file within the file, which can only be the workbook of a chart.
func (p parts) workbook(name string, depth int) error {
	if strings.ToLower(path.Ext(name)) != ".xlsx" || depth > 0 {
		return embedded("", name)
	}
	inner, err := unpack(p[name])
	if err != nil {
		return embedded("", name)
	}
	types, err := inner.types()
	if err != nil {
		return embedded("", name)
	}
	return inner.harmless(types, name, depth+1)
}

// Kinds of relations that bring in what is not wanted, by the last word of their address.
var unwanted = map[string]bool{"oleobject": true, "control": true, "afchunk": true, "subdocument": true, "attachedtemplate": true, "vbaproject": true, "mailmergesource": true, "mailmergeheadersource": true, "frame": true}

// relations looks where a part leads. Links that a reader follows by clicking may lead
// to the web and to mail; nothing may be loaded from elsewhere by itself.
func (p parts) relations(name, within string) error {
	return p.elements(name, func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" {
			return nil
		}
		kind, target := strings.ToLower(path.Base(attribute(e, "Type"))), attribute(e, "Target")
		outside := strings.EqualFold(attribute(e, "TargetMode"), "External")
		switch {
		case kind == "hyperlink" && outside:
			return followable(target)
		case outside:
			return khue.Errorf(khue.Invalid, "tệp tự lấy nội dung từ nơi khác (%s: %s); hãy nhúng hình vào tệp hoặc bỏ liên kết",
				"the file loads something from elsewhere by itself (%s: %s); put the picture into the file, or break the link", kind, brief(target))
		case kind == "oleobject", kind == "control":
			return embedded(within, target)
		case unwanted[kind]:
			return refuse(within, "tệp chèn một tệp khác ("+kind+"); hãy bỏ đi", "the file brings another file in ("+kind+"); take it out")
		}
		return nil
	})
}

// followable tells whether a link may lead there.
func followable(target string) error {
	u, err := url.Parse(target)
	if err == nil && (u.Scheme == "" && strings.HasPrefix(target, "#") || slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(u.Scheme))) {
		return nil
	}
	return khue.Errorf(khue.Invalid, "liên kết %q không dẫn đến trang web hay thư điện tử; hãy bỏ đi", "the link %q leads neither to the web nor to mail; take it out", brief(target))
}

// loading are fields that fetch or run something when they are renewed.
var loading = regexp.MustCompile(`(?i)^\s*(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|MACROBUTTON|RD)\b`)

func checkField(instruction string) error {
	if m := loading.FindStringSubmatch(instruction); m != nil {
		return khue.Errorf(khue.Invalid, "tệp có trường %s, tự lấy nội dung hoặc chạy lệnh; hãy đổi thành chữ (Ctrl+Shift+F9)", "the file has a field %s, which loads or runs something; turn it into text (Ctrl+Shift+F9)", strings.ToUpper(m[1]))
	}
	return nil
}

func brief(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// marks reads by which marks the file is known again.
func (p parts) marks(t contentTypes, f *File) error {
	for _, name := range p.ofType(t, "custom-properties+xml") {
		property := ""
		err := walk(p[name], func(token xml.Token) error {
			switch e := token.(type) {
			case xml.StartElement:
				if e.Name.Local == "property" {
					property = attribute(e, "name")
				}
			case xml.EndElement:
				if e.Name.Local == "property" {
					property = ""
				}
			case xml.CharData:
				f.mark(property, strings.TrimSpace(string(e)))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
