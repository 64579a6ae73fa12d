// Package edited reads a Word file of a report that people edited and hand back:
// refuses what may not go out in an office's name, knows the draft that it was made
// from, and tells what they changed, in words and in numbers.
package edited

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf16"

	"khue"
)

// MaxBytes is the size of the largest file that is taken.
const MaxBytes = 20 << 20

// What a file may hold when it is unpacked: far more than any report, far less than
// what stops a server.
const (
	maxUnpacked = 120 << 20 // bytes of all parts
	maxParts    = 3000
	maxDepth    = 400 // elements within elements
)

// File is a Word file that may be kept.
type File struct {
	// Report, Draft and Language are as the file was marked when it was made; "" when
	// the marks are gone.
	Report, Draft, Language string
	lines                   []Line
	pictures                int
}

// parts is an unpacked file.
type parts map[string][]byte

// Read reads a file that people hand back, and refuses by name what cannot be kept.
func Read(content []byte) (File, error) {
	if len(content) > MaxBytes {
		return File{}, TooLarge()
	}
	if err := looksLikeWord(content); err != nil {
		return File{}, err
	}
	all, err := unpack(content)
	if err != nil {
		return File{}, err
	}
	types, err := all.types()
	if err != nil {
		return File{}, err
	}
	if err := all.harmless(types, "", 0); err != nil {
		return File{}, err
	}
	main, err := all.main(types)
	if err != nil {
		return File{}, err
	}
	var f File
	if f.lines, err = all.text(types, main); err != nil {
		return File{}, err
	}
	if len(f.lines) == 0 {
		return File{}, khue.Errorf(khue.Invalid, "tệp Word không có chữ nào", "the Word file has no text")
	}
	for name := range all {
		if strings.Contains(name, "/media/") {
			f.pictures++
		}
	}
	return f, all.marks(types, &f)
}

// TooLarge is the error of a file over MaxBytes.
func TooLarge() error {
	return khue.Errorf(khue.Invalid, "tệp quá lớn; nhiều nhất %d MB", "the file is too large; at most %d MB", MaxBytes>>20)
}

// looksLikeWord tells by its first bytes what else a file is.
func looksLikeWord(content []byte) error {
	switch {
	case len(content) == 0:
		return khue.Errorf(khue.Invalid, "tệp rỗng", "the file is empty")
	case bytes.HasPrefix(content, []byte("%PDF")):
		return khue.Errorf(khue.Invalid, "đây là tệp PDF, không phải tệp Word (.docx)", "this is a PDF file and not a Word file (.docx)")
	case bytes.HasPrefix(content, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}): // OLE: an old or an encrypted file
		if bytes.Contains(content, little("EncryptedPackage")) {
			return khue.Errorf(khue.Invalid, "tệp có mật khẩu; hãy bỏ mật khẩu mở tệp rồi lưu lại", "the file is protected by a password; take away the password to open it and save it again")
		}
		return khue.Errorf(khue.Invalid, "đây là tệp Word kiểu cũ (.doc); hãy lưu lại thành .docx", "this is a Word file of the old kind (.doc); save it as .docx")
	case bytes.HasPrefix(content, []byte(`{\rtf`)):
		return khue.Errorf(khue.Invalid, "đây là tệp RTF; hãy lưu lại thành .docx", "this is an RTF file; save it as .docx")
	case !bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return notWord(nil)
	}
	return nil
}

func notWord(cause error) error {
	e := khue.Errorf(khue.Invalid, "không phải tệp Word (.docx), hoặc tệp đã hỏng", "this is no Word file (.docx), or it is broken")
	if cause != nil {
		return e.Because(cause)
	}
	return e
}

// little writes letters as compound files do: UTF-16, low byte first.
func little(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// unpack reads all parts, and no more of them than may be. What the file says of its
// sizes is not relied on.
func unpack(content []byte) (parts, error) {
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, notWord(err)
	}
	tooMuch := khue.Errorf(khue.Invalid, "tệp bung ra quá lớn nên không nhận", "the file unpacks to too much and is not taken")
	if len(r.File) > maxParts {
		return nil, tooMuch
	}
	out, left := parts{}, int64(maxUnpacked)
	for _, entry := range r.File {
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		name := path.Clean(strings.ReplaceAll(entry.Name, `\`, "/"))
		if name == ".." || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") || out[name] != nil {
			return nil, notWord(errors.New("a part is named " + entry.Name))
		}
		part, err := entry.Open()
		if err != nil {
			return nil, notWord(err)
		}
		data, err := io.ReadAll(io.LimitReader(part, left+1))
		_ = part.Close()
		if err != nil {
			return nil, notWord(err)
		}
		if left -= int64(len(data)); left < 0 {
			return nil, tooMuch
		}
		out[name] = data
	}
	return out, nil
}

// contentTypes are the types of parts: by name, else by ending.
type contentTypes struct{ byName, byEnding map[string]string }

func (t contentTypes) of(name string) string {
	if kind, there := t.byName[name]; there {
		return kind
	}
	return t.byEnding[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]
}

func (p parts) types() (contentTypes, error) {
	t := contentTypes{map[string]string{}, map[string]string{}}
	err := p.elements("[Content_Types].xml", func(e xml.StartElement) error {
		switch e.Name.Local {
		case "Override":
			t.byName[strings.TrimPrefix(attribute(e, "PartName"), "/")] = attribute(e, "ContentType")
		case "Default":
			t.byEnding[strings.ToLower(attribute(e, "Extension"))] = attribute(e, "ContentType")
		}
		return nil
	})
	return t, err
}

const wordMain = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"

// main finds the part with the body: the one that a word processor opens.
func (p parts) main(t contentTypes) (string, error) {
	found := ""
	err := p.elements("_rels/.rels", func(e xml.StartElement) error {
		if path.Base(attribute(e, "Type")) == "officeDocument" {
			found = path.Clean(strings.TrimPrefix(attribute(e, "Target"), "/"))
		}
		return nil
	})
	if err == nil && (p[found] == nil || t.of(found) != wordMain) {
		err = notWord(errors.New("it has no main part of a document"))
	}
	return found, err
}

// ofType lists the parts of a type by its ending, in the order of their names.
func (p parts) ofType(t contentTypes, ending string) []string {
	var out []string
	for _, name := range p.names() {
		if strings.HasSuffix(t.of(name), ending) {
			out = append(out, name)
		}
	}
	return out
}

// elements walks a part and shows each element that opens.
func (p parts) elements(name string, see func(xml.StartElement) error) error {
	data, there := p[name]
	if !there {
		return notWord(errors.New("it has no part " + name))
	}
	return walk(data, func(token xml.Token) error {
		if e, ok := token.(xml.StartElement); ok {
			return see(e)
		}
		return nil
	})
}

// walk reads XML piece by piece. A document type is refused: it may define entities.
func walk(data []byte, see func(xml.Token) error) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return notWord(err)
		}
		switch token.(type) {
		case xml.Directive:
			return notWord(errors.New("it defines a document type"))
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > maxDepth {
			return notWord(errors.New("its elements are nested too deeply"))
		}
		if err := see(token); err != nil {
			return err
		}
	}
}

// attribute gives an attribute by its local name.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
