package pdf

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document"
	"khue/reports/document/documenttest"
)

func TestLinesKeepEveryLetterAndStayWithinTheirWidth(t *testing.T) {
	faces, err := newFaces(Letters{tinos(t), tinos(t), tinos(t), tinos(t), tinos(t)})
	require.NoError(t, err)
	b := &builder{faces: faces}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"một hai ba", []string{"một hai ", "ba"}},
		{"một\nhai", []string{"một\n", "hai"}},
		{"mộthaibabốn", []string{"mộthaib", "abốn"}},
		{"một\u00A0hai ba", []string{"một\u00A0hai ", "ba"}},
		{"a mộthai-babốn", []string{"a ", "mộthai-", "babốn"}},
		{"  ", []string{"  "}},
	} {
		lines := b.lines([]piece{{text: c.text, look: look{size: 12}}}, 44, 0)
		var got []string
		for _, l := range lines {
			text := ""
			for _, x := range l.letters {
				text += string(x.sign)
			}
			got = append(got, text)
			require.LessOrEqual(t, l.width, 44.1, text)
		}
		require.Equal(t, c.want, got)
	}
}

func TestPicturesSayWhatTheyShowToThoseWhoCannotSee(t *testing.T) {
	faces, err := newFaces(Letters{tinos(t), tinos(t), tinos(t), tinos(t), tinos(t)})
	require.NoError(t, err)
	b := &builder{doc: documenttest.Sample(khue.Vietnamese), faces: faces, drawings: map[*document.Chart]*picture{}}
	for _, table := range b.doc.Tables() {
		for _, c := range b.doc.Charts(table) {
			b.drawings[c], err = drawnOf(t, "")
			require.NoError(t, err)
		}
	}
	leaves, err := b.settle()
	require.NoError(t, err)
	b.pages(leaves)
	var alts []string
	var walk func(n *node)
	walk = func(n *node) {
		if n.tag == "Figure" {
			alts = append(alts, n.alt)
			require.NotZero(t, n.box)
		}
		for _, k := range n.kids {
			if k.node != nil {
				walk(k.node)
			}
		}
	}
	walk(b.root)
	require.Equal(t, []string{"Cột theo tháng", "Bar"}, alts)
}
