package ingest

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// tcvn3 is the character set of TCVN 5712:1993 (VN3, "ABC"), which Vietnamese
// offices wrote before Unicode. Its fonts made capitals of the same codes, so
// accented capitals of the second kind come out in lower case. It is only read.
type tcvn3 struct{}

// tcvn3Letters are the letters of the codes from A1 on; a space stands for none.
var tcvn3Letters = []rune("ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ")

// NewDecoder implements encoding.Encoding.
func (tcvn3) NewDecoder() *encoding.Decoder { return &encoding.Decoder{Transformer: tcvn3Decoder{}} }

// NewEncoder implements encoding.Encoding: nothing is written in this set.
func (tcvn3) NewEncoder() *encoding.Encoder { return &encoding.Encoder{Transformer: transform.Discard} }

type tcvn3Decoder struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (tcvn3Decoder) Transform(dst, src []byte, _ bool) (written, read int, err error) {
	for _, c := range src {
		r := rune(c)
		if c >= 0x80 {
			r = utf8.RuneError
			if i := int(c) - 0xA1; i >= 0 && i < len(tcvn3Letters) && tcvn3Letters[i] != ' ' {
				r = tcvn3Letters[i]
			}
		}
		if written+utf8.RuneLen(r) > len(dst) {
			return written, read, transform.ErrShortDst
		}
		written += utf8.EncodeRune(dst[written:], r)
		read++
	}
	return written, read, nil
}
