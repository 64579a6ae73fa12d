// Package editedtest edits Word files for tests, as people do with a word processor.
package editedtest

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Body is the part with the text.
const Body = "word/document.xml"

// Repack writes a Word file anew with its parts changed.
func Repack(t testing.TB, content []byte, change func(parts map[string][]byte)) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	parts := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		parts[f.Name], err = io.ReadAll(in)
		require.NoError(t, err)
	}
	change(parts)
	return Pack(t, parts)
}

// Pack writes parts as a file.
func Pack(t testing.TB, parts map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write(parts[name])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// Replaced puts words into the place of others in a part, once.
func Replaced(t testing.TB, content []byte, part, was, is string) []byte {
	t.Helper()
	return Repack(t, content, func(parts map[string][]byte) {
		require.Contains(t, string(parts[part]), was, part)
		parts[part] = []byte(strings.Replace(string(parts[part]), was, is, 1))
	})
}

// Part gives a part of a Word file.
func Part(t testing.TB, content []byte, part string) []byte {
	t.Helper()
	var out []byte
	Repack(t, content, func(parts map[string][]byte) { out = parts[part] })
	return out
}
