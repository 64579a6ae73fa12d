package edited_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/reports/document"
	"khue/reports/document/documenttest"
	"khue/reports/docx"
	"khue/reports/edited"
	"khue/reports/edited/editedtest"
)

// made is a Word file as the product writes it.
func made(t testing.TB, lang khue.Lang) []byte {
	t.Helper()
	d := documenttest.Narrative(lang)
	d.Mark = "0123456789abcdef"
	var pages []int
	for _, b := range d.Blocks {
		if h, ok := b.(document.Heading); ok && h.Level == 1 {
			pages = append(pages, len(pages)+1)
		}
	}
	pages = append(pages, 8, 9) // annexes
	var out bytes.Buffer
	require.NoError(t, docx.Write(&out, d, pages))
	return out.Bytes()
}

func read(t testing.TB, content []byte) edited.File {
	t.Helper()
	f, err := edited.Read(content)
	require.NoError(t, err)
	return f
}

func TestAFileAsItWasMadeIsKnownByItsMarksAndDiffersInNothing(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		content := made(t, lang)
		require.Equal(t, content, made(t, lang), "the marks leave the same bytes the same")
		f := read(t, content)
		require.Equal(t, "0123456789abcdef", f.Draft)
		require.Equal(t, string(lang), f.Language)
		require.NotEmpty(t, f.Report)
		c := edited.Compare(f, f)
		require.Empty(t, c.Changes)
		require.Empty(t, c.Numbers)
		require.Greater(t, c.Lines, 50)
	}
}

func TestANumberThatPeopleChangedIsToldWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		name, was, is string
		numbers       []edited.Number
		changes       int
	}{
		{"a cell", `>1.234<`, `>1.334<`, []edited.Number{{Place: edited.Place{Section: "Bảng một", Row: "Tháng 1", Column: "Khách"}, Was: "1.234", Is: "1.334"}}, 1},
		{"a cell that is emptied", `>1.234<`, `><`, []edited.Number{{Place: edited.Place{Section: "Bảng một", Row: "Tháng 1", Column: "Khách"}, Was: "1.234"}}, 1},
		{"a word of a sentence", "tăng 12,5%", "giảm 12,5%", nil, 1},
		{"a number of a sentence, among others", "12,5%", "13,5%", []edited.Number{{Place: edited.Place{Section: "Mở đầu"}, Was: "12,5%", Is: "13,5%"}}, 1},
		{"a sign", "tăng 12,5%", "tăng -12,5%", []edited.Number{{Place: edited.Place{Section: "Mở đầu"}, Was: "12,5%", Is: "-12,5%"}}, 1},
		{"a number put in", "năm trước.", "năm trước, tức 77 lượt.", []edited.Number{{Place: edited.Place{Section: "Mở đầu"}, Is: "77"}}, 1},
		{"a paragraph taken out", paragraph("Có 55 sự kiện."), "", []edited.Number{{Place: edited.Place{Section: "Mở đầu"}, Was: "55"}}, 1},
		{"a paragraph put in", paragraph("Có 55 sự kiện."), paragraph("Có 55 sự kiện.") + paragraph("Riêng E1 có 3 kỳ."), []edited.Number{{Place: edited.Place{Section: "Mở đầu"}, Is: "3"}}, 1},
		{"a paragraph moved", paragraph("Có 55 sự kiện.") + paragraph("Kết luận."), paragraph("Kết luận.") + paragraph("Có 55 sự kiện."), nil, 2},
		{"a number that is hidden", "<w:r><w:t>Có 55 sự kiện.</w:t></w:r>", "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Có 55 sự kiện.</w:t></w:r>", []edited.Number{{Place: edited.Place{Section: "Mở đầu"}, Was: "55"}}, 1},
		{"a run that is split", "Có 55 sự kiện.", "Có 5</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>5 sự kiện.", nil, 0},
		{"letters composed otherwise", "sự kiện", norm.NFD.String("sự kiện"), nil, 0},
		{"the notice at the foot", "Dữ liệu mô phỏng năm 2026", "", []edited.Number{{Was: "2026"}}, 1},
		{
			"a row put in above", "<w:tr><w:tc>" + paragraph("Tháng 1"), row("Tháng 0", "7", "8") + "<w:tr><w:tc>" + paragraph("Tháng 1"),
			[]edited.Number{{Place: edited.Place{Section: "Bảng một", Column: "Tháng"}, Is: "0"}, {Place: edited.Place{Section: "Bảng một", Row: "Tháng 0", Column: "Khách"}, Is: "7"}, {Place: edited.Place{Section: "Bảng một", Row: "Tháng 0", Column: "Vé"}, Is: "8"}},
			3,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := small(t, nil)
			part := editedtest.Body
			if strings.Contains(c.name, "foot") {
				part = "word/footer1.xml"
			}
			got := edited.Compare(read(t, before), read(t, editedtest.Replaced(t, before, part, c.was, c.is)))
			require.Len(t, got.Changes, c.changes, "%+v", got.Changes)
			require.ElementsMatch(t, c.numbers, got.Numbers)
		})
	}
}

func TestPiecesOfAChangedLineAreItsWords(t *testing.T) {
	before := small(t, nil)
	got := edited.Compare(read(t, before), read(t, editedtest.Replaced(t, before, editedtest.Body, "12,5%", "13,5%")))
	require.Equal(t, []edited.Piece{{edited.Same, "Khách tăng "}, {edited.Gone, "12,5%"}, {edited.Added, "13,5%"}, {edited.Same, " so với năm trước."}}, got.Changes[0].Pieces)
}

func TestAVeryLongFileIsComparedInSeconds(t *testing.T) {
	long := func(offset int) []byte {
		var b strings.Builder
		for i := range 20_000 {
			b.WriteString(paragraph(fmt.Sprintf("Dòng %d", i*7+offset)))
		}
		return small(t, func(parts map[string][]byte) {
			parts[editedtest.Body] = []byte(strings.Replace(string(parts[editedtest.Body]), paragraph("Kết luận."), b.String(), 1))
		})
	}
	began := time.Now()
	got := edited.Compare(read(t, long(0)), read(t, long(3)))
	require.Less(t, time.Since(began), 40*time.Second)
	require.Len(t, got.Numbers, 20_000)
}

const (
	relationsOf = "word/_rels/document.xml.rels"
	typesPart   = "[Content_Types].xml"
)

func relation(kind, target, mode string) string {
	return `<Relationship Id="rIdX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind + `" Target="` + target + `" TargetMode="` + mode + `"/></Relationships>`
}

func TestAFileThatMayNotBeKeptIsRefusedByName(t *testing.T) {
	good := small(t, nil)
	in := func(part, was, is string) []byte { return editedtest.Replaced(t, good, part, was, is) }
	with := func(name, content string) []byte {
		return editedtest.Repack(t, good, func(parts map[string][]byte) { parts[name] = []byte(content) })
	}
	end := "</Relationships>"
	for _, c := range []struct {
		name    string
		content []byte
		vi, en  string
	}{
		{"nothing", nil, "tệp rỗng", "the file is empty"},
		{"a PDF with another name", []byte("%PDF-1.7\n..."), "đây là tệp PDF", "this is a PDF file"},
		{"an old Word file", append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...), "Word kiểu cũ (.doc)", "of the old kind (.doc)"},
		{"an encrypted file", append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")...), "tệp có mật khẩu", "protected by a password"},
		{"RTF", []byte(`{\rtf1 x}`), "tệp RTF", "an RTF file"},
		{"something else", []byte("GIF89a"), "không phải tệp Word", "no Word file"},
		{"a file cut off", good[:len(good)/2], "không phải tệp Word", "no Word file"},
		{"a workbook", in(typesPart, "wordprocessingml.document.main", "spreadsheetml.sheet.main"), "không phải tệp Word", "no Word file"},
		{"larger than is taken", make([]byte, edited.MaxBytes+1), "tệp quá lớn; nhiều nhất 20 MB", "too large; at most 20 MB"},
		{"a zip bomb", with("word/media/image1.png", strings.Repeat("0", 121<<20)), "bung ra quá lớn", "unpacks to too much"},
		{"a part outside the file", with("../../etc/x.xml", "<x/>"), "không phải tệp Word", "no Word file"},
		{"macros by type", in(typesPart, "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "application/vnd.ms-word.document.macroEnabled.main+xml"), "tệp có macro", "the file has macros"},
		{"macros by name", with("word/vbaProject.bin", "x"), "tệp có macro", "the file has macros"},
		{"ActiveX", with("word/activeX/activeX1.xml", "<x/>"), "ActiveX", "ActiveX"},
		{"an OLE object", with("word/embeddings/oleObject1.bin", "x"), "đối tượng nhúng (oleObject1.bin)", "an embedded object (oleObject1.bin)"},
		{"a workbook with macros", with("word/embeddings/book.xlsm", "x"), "đối tượng nhúng (book.xlsm)", "an embedded object (book.xlsm)"},
		{"macros in the workbook of a chart", with("word/embeddings/book.xlsx", string(with("xl/vbaProject.bin", "x"))), "trong book.xlsx: tệp có macro", "in book.xlsx: the file has macros"},
		{"a linked picture", in(relationsOf, end, relation("image", "http://203.0.113.9/x.png", "External")), "tự lấy nội dung từ nơi khác (image: http://203.0.113.9/x.png)", "loads something from elsewhere by itself (image: "},
		{"a template from elsewhere", in(relationsOf, end, relation("attachedTemplate", "https://example.test/x.dotm", "External")), "tự lấy nội dung từ nơi khác", "loads something from elsewhere"},
		{"a link to a file", in(relationsOf, end, relation("hyperlink", "file://server/share", "External")), "không dẫn đến trang web", "leads neither to the web"},
		{"a link that runs", in(relationsOf, end, relation("hyperlink", "javascript:alert(1)", "External")), "không dẫn đến trang web", "leads neither to the web"},
		{"another file brought in", in(relationsOf, end, relation("aFChunk", "x.html", "Internal")), "chèn một tệp khác", "brings another file in"},
		{"a field that runs", in(editedtest.Body, "<w:t>Kết luận.", `<w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\x "calc"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/><w:t>Kết luận.`), "trường DDEAUTO", "a field DDEAUTO"},
		{"a field that loads", in(editedtest.Body, "<w:t>Kết luận.", `<w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> INCLUDEPICTURE "http://x/" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:t>Kết luận.`), "trường INCLUDEPICTURE", "a field INCLUDEPICTURE"},
		{"tracked changes", in(editedtest.Body, "<w:r><w:t>Kết luận.</w:t></w:r>", `<w:ins w:id="1" w:author="x"><w:r><w:t>Kết luận.</w:t></w:r></w:ins>`), "còn 1 chỗ sửa đang theo dõi (Track Changes) và 0 nhận xét", "still has 1 tracked changes and 0 comments"},
		{"comments", in(editedtest.Body, "<w:t>Kết luận.", `<w:commentReference w:id="1"/><w:t>Kết luận.`), "1 nhận xét", "1 comments"},
		{"a document type", in(editedtest.Body, "<w:document", `<!DOCTYPE x [<!ENTITY a "b">]><w:document`), "không phải tệp Word", "no Word file"},
		{"XML that is broken", in(editedtest.Body, "</w:editedtest.Body>", ""), "không phải tệp Word", "no Word file"},
		{"depth without end", in(editedtest.Body, paragraph("Kết luận."), strings.Repeat("<w:sdt>", 500)+strings.Repeat("</w:sdt>", 500)), "không phải tệp Word", "no Word file"},
		{"no text", small(t, func(parts map[string][]byte) {
			for _, part := range []string{editedtest.Body, "word/footer1.xml"} {
				parts[part] = regexp.MustCompile(`<w:t>[^<]*</w:t>`).ReplaceAll(parts[part], nil)
			}
		}), "tệp Word không có chữ nào", "has no text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := edited.Read(c.content)
			require.Error(t, err)
			require.Contains(t, []khue.Kind{khue.Invalid, khue.Conflict}, khue.KindOf(err))
			require.Contains(t, khue.ToldOf(err, khue.Vietnamese), c.vi)
			require.Contains(t, khue.ToldOf(err, khue.English), c.en)
			require.NotContains(t, khue.ToldOf(err, khue.English), "%!")
		})
	}
}

func TestLinksToTheWebAndToMailMayStay(t *testing.T) {
	for _, target := range []string{"https://sovhtt.hanoi.gov.vn/", "mailto:vanthu@example.test", "#muc1"} {
		f, err := edited.Read(editedtest.Replaced(t, small(t, nil), relationsOf, "</Relationships>", relation("hyperlink", target, "External")))
		require.NoError(t, err, target)
		require.Equal(t, "abc", f.Draft)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small(f, nil))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(_ *testing.T, content []byte) { _, _ = edited.Read(content) })
}

func paragraph(text string) string { return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>" }

func row(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString("<w:tc>" + paragraph(c) + "</w:tc>")
	}
	return "<w:tr>" + b.String() + "</w:tr>"
}

// small is a Word file with a heading, sentences, a table and a foot, as any program
// might write it.
func small(t testing.TB, change func(parts map[string][]byte)) []byte {
	t.Helper()
	const w = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	heading := func(text string) string {
		return `<w:p><w:pPr><w:pStyle w:val="dm1"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
	}
	const package_, office = "http://schemas.openxmlformats.org/package/2006/", "http://schemas.openxmlformats.org/officeDocument/2006/"
	parts := map[string][]byte{
		typesPart: []byte(`<Types xmlns="` + package_ + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
			`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
			`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
			`<Override PartName="/docProps/custom.xml" ContentType="application/vnd.openxmlformats-officedocument.custom-properties+xml"/></Types>`),
		"_rels/.rels":         []byte(`<Relationships xmlns="` + package_ + `relationships"><Relationship Id="a" Type="` + office + `relationships/officeDocument" Target="word/document.xml"/></Relationships>`),
		relationsOf:           []byte(`<Relationships xmlns="` + package_ + `relationships"></Relationships>`),
		"word/styles.xml":     []byte(`<w:styles` + w + `><w:style w:styleId="dm1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="ml1"><w:name w:val="toc 1"/></w:style></w:styles>`),
		"word/footer1.xml":    []byte(`<w:ftr` + w + `>` + paragraph("Dữ liệu mô phỏng năm 2026") + paragraph("3") + `</w:ftr>`),
		"docProps/custom.xml": []byte(`<Properties><property name="KhueDraft"><vt:lpwstr xmlns:vt="x">abc</vt:lpwstr></property><property name="KhueLanguage"><v>vi</v></property></Properties>`),
		editedtest.Body: []byte(`<w:document` + w + `><w:editedtest.Body><w:p><w:pPr><w:pStyle w:val="ml1"/></w:pPr><w:r><w:t>Mở đầu 7</w:t></w:r></w:p>` +
			heading("Mở đầu") + paragraph("Khách tăng 12,5% so với năm trước.") + paragraph("Có 55 sự kiện.") + paragraph("Kết luận.") +
			heading("Bảng một") + `<w:tbl>` + row("Tháng", "Khách", "Vé") + row("Tháng 1", "1.234", "9") + row("Tháng 2", "2.345", "9") + `</w:tbl></w:editedtest.Body></w:document>`),
	}
	if change != nil {
		change(parts)
	}
	return editedtest.Pack(t, parts)
}

func TestAFileThatLibreOfficeSavedIsTakenAndDiffersInNothing(t *testing.T) {
	office, err := exec.LookPath("soffice")
	require.NoError(t, err, "LibreOffice Writer is needed: apt-get install libreoffice-writer")
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		dir, out := t.TempDir(), t.TempDir()
		before := made(t, lang)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "bc.docx"), before, 0o600))
		said, err := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", out, filepath.Join(dir, "bc.docx")).CombinedOutput()
		require.NoError(t, err, "%s", said)
		saved, err := os.ReadFile(filepath.Join(out, "bc.docx"))
		require.NoError(t, err, "%s", said)
		require.NotEqual(t, before, saved)
		f := read(t, saved)
		require.Equal(t, "0123456789abcdef", f.Draft)
		require.Equal(t, string(lang), f.Language)
		c := edited.Compare(read(t, before), f)
		require.Empty(t, c.Changes)
		require.Empty(t, c.Numbers)
	}
}
