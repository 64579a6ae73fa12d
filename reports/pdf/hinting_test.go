package pdf

import (
	"os"
	"testing"

	"github.com/carlos7ags/folio/font"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/font/sfnt"
)

func tinos(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../node_modules/@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf")
	require.NoError(t, err, "run make setup first")
	return b
}

func TestASubsetKeepsWhatTheInstructionsOfItsLettersCall(t *testing.T) {
	whole := tinos(t)
	face, err := font.ParseTTF(whole)
	require.NoError(t, err)
	glyph := face.GlyphIndex('ễ')
	subset, err := font.Subset(whole, map[uint16]rune{glyph: 'ễ'})
	require.NoError(t, err)
	full, err := withInstructions(subset, whole)
	require.NoError(t, err)
	require.Less(t, len(full), len(whole)/4)
	require.Equal(t, uint32(0xB1B0AFBA), checksum(full), "the file's checksum")
	tables, err := sfntTables(full)
	require.NoError(t, err)
	original, err := sfntTables(whole)
	require.NoError(t, err)
	for _, tag := range hintTables {
		require.Equal(t, original[tag], tables[tag], tag)
	}
	read, err := sfnt.Parse(full)
	require.NoError(t, err)
	got, err := read.GlyphIndex(nil, 'ễ')
	require.NoError(t, err)
	require.Equal(t, sfnt.GlyphIndex(glyph), got)
	contours, err := read.LoadGlyph(&sfnt.Buffer{}, got, 1000, nil)
	require.NoError(t, err)
	require.NotEmpty(t, contours, "the letter and its marks are there")
}

func TestABrokenFontIsAnError(t *testing.T) {
	whole := tinos(t)
	for _, cut := range []int{0, 8, 20, 300, len(whole) / 2} {
		_, err := withInstructions(whole[:cut], whole)
		require.Error(t, err, cut)
	}
	_, err := newFaces(Letters{Regular: []byte("no font"), Bold: whole, Italic: whole, BoldItalic: whole, Mono: whole})
	require.Error(t, err)
}
