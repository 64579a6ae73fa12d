package ingest

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"khue"
)

// textFile is a file of text, unpacked and turned into UTF-8 while it is read.
type textFile struct {
	*bufio.Reader
	file  *os.File
	meter *meter
}

const textBuffer = 256 << 10

func openText(path string, packed bool, o tableOptions) (*textFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var raw io.Reader = f
	if packed {
		if raw, err = gzip.NewReader(bufio.NewReaderSize(f, 64<<10)); err != nil {
			_ = f.Close()
			return nil, notUnpacked(err)
		}
		raw = unpacking{raw}
	}
	t := &textFile{file: f, meter: &meter{from: raw, most: o.max}}
	if t.Reader, err = decoded(bufio.NewReaderSize(t.meter, textBuffer), o.set.Encoding); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

// unpacking says of which kind the faults of a packed file are.
type unpacking struct{ from io.Reader }

// Read implements io.Reader.
func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = notUnpacked(err)
	}
	return n, err
}

func notUnpacked(err error) error {
	return khue.Errorf(khue.Invalid, "không giải nén được tệp .gz: tệp hỏng hoặc bị cắt giữa chừng", "the file .gz cannot be unpacked: it is damaged or cut off").Because(err)
}

// record tells that a record was read whole.
func (t *textFile) record() { t.meter.start = t.meter.read }

func (t *textFile) close() error { return t.file.Close() }

// meter bounds what is read: of the whole, and of one record, so that a file
// without an end of line, or with an open quotation mark, does not fill the memory.
type meter struct {
	from        io.Reader
	read, start int64 // bytes so far, and when the record under way began
	most        int64
}

// maxRecord is far more than any row of statistics; what a buffer reads ahead counts too.
const maxRecord = 16 << 20

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.read-m.start > maxRecord {
		return 0, errTooLong
	}
	n, err := m.from.Read(p)
	if m.read += int64(n); m.most > 0 && m.read > m.most {
		return 0, tooLarge(m.most)
	}
	return n, err
}

// tooLarge is what a file beyond the limit is told.
func tooLarge(limit int64) error {
	return khue.Errorf(khue.Invalid, "tệp lớn hơn giới hạn %[1]d MB (max_file); hãy chia nhỏ hoặc nâng giới hạn",
		"the file is larger than the limit of %[1]d MB (max_file); split it, or raise the limit", limit>>20)
}

// encodingOf finds an encoding that office programs of the region have written.
func encodingOf(name string) (encoding.Encoding, error) {
	switch strings.ToLower(name) {
	case "utf-8":
		return unicode.UTF8, nil
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "windows-1258":
		return charmap.Windows1258, nil
	case "windows-1252":
		return charmap.Windows1252, nil
	case "tcvn3":
		return tcvn3{}, nil
	}
	return nil, fmt.Errorf("encoding is utf-8, utf-16le, utf-16be, windows-1258, windows-1252 or tcvn3, not %q", name)
}

// decoded drops a byte order mark and turns other encodings into UTF-8. A mark
// says more than the configuration does.
func decoded(b *bufio.Reader, name string) (*bufio.Reader, error) {
	var enc encoding.Encoding
	mark, _ := b.Peek(3) // a shorter file has no mark
	switch {
	case strings.HasPrefix(string(mark), "\xEF\xBB\xBF"):
		_, err := b.Discard(3)
		return b, err
	case strings.HasPrefix(string(mark), "\xFF\xFE"), strings.HasPrefix(string(mark), "\xFE\xFF"):
		enc = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case name != "" && !strings.EqualFold(name, "utf-8"):
		var err error
		if enc, err = encodingOf(name); err != nil {
			return nil, err
		}
	default:
		return b, nil
	}
	return bufio.NewReaderSize(transform.NewReader(b, enc.NewDecoder()), textBuffer), nil
}
