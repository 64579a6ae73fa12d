package pending

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"khue"
)

// Endings lists the endings of the files that Check can tell.
func Endings() []string {
	return []string{".xlsx", ".xlsm", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet"}
}

// Check tells whether a file's content is what its ending says. The error is for
// whoever sent it.
func Check(f File) error {
	in, err := os.Open(f.Path)
	if err != nil {
		return fmt.Errorf("looking into a waiting file: %w", err)
	}
	defer func() { _ = in.Close() }()
	head := make([]byte, 4096)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("looking into a waiting file: %w", err)
	}
	head = head[:n]
	if n == 0 {
		return khue.Errorf(khue.Invalid, "tệp %s trống", "the file %s is empty", f.Name)
	}
	switch end := strings.ToLower(filepath.Ext(f.Name)); end {
	case ".xlsx", ".xlsm":
		return checkWorkbook(in, f, head)
	case ".csv", ".tsv", ".txt", ".jsonl", ".ndjson":
		if !isText(head) {
			return khue.Errorf(khue.Invalid, "tệp %s không phải là văn bản %s", "the file %s is not a text as %s files are", f.Name, end)
		}
	case ".parquet":
		if !bytes.HasPrefix(head, []byte("PAR1")) {
			return khue.Errorf(khue.Invalid, "tệp %s không phải là tệp Parquet", "the file %s is not a Parquet file", f.Name)
		}
	default:
		return khue.Errorf(khue.Invalid, "không nhận tệp %s; hãy tải lên tệp %s", "files such as %s are not taken; upload one of %s",
			f.Name, strings.Join(Endings(), ", "))
	}
	return nil
}

func checkWorkbook(in *os.File, f File, head []byte) error {
	if bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return khue.Errorf(khue.Invalid, "tệp %s là bảng tính đời cũ (.xls) hoặc có mật khẩu; hãy bỏ mật khẩu và lưu thành .xlsx",
			"the file %s is an old workbook (.xls) or has a password; take the password off and save it as .xlsx", f.Name)
	}
	archive, err := zip.NewReader(in, f.Size)
	if err != nil || !hasPart(archive, "[Content_Types].xml") || !hasPart(archive, "xl/workbook.xml") {
		return khue.Errorf(khue.Invalid, "tệp %s không phải là bảng tính .xlsx, hoặc chưa tải lên trọn vẹn",
			"the file %s is not an .xlsx workbook, or it did not come whole", f.Name)
	}
	return nil
}

func hasPart(archive *zip.Reader, name string) bool {
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == name })
}

// isText takes UTF-16 by its mark, and anything else without a zero byte.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
		return true
	}
	if bytes.IndexByte(head, 0) >= 0 || bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("%PDF")) {
		return false
	}
	if utf8.Valid(head) {
		return true
	}
	odd := 0
	for _, b := range head {
		if b < ' ' && b != '\t' && b != '\r' && b != '\n' && b != '\f' {
			odd++
		}
	}
	return odd == 0 // a one-byte encoding, such as Windows-1258
}

func hash(in io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", fmt.Errorf("reading a file: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
