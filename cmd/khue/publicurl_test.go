package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheAddressOfAReportsPageComesFromTheConfiguration(t *testing.T) {
	c := defaults()
	require.Empty(t, c.reportPage(12), "without it papers carry none")
	for _, good := range []string{"https://khue.example.vn", "https://khue.example.vn/", "http://localhost:8080"} {
		c.PublicURL = good
		require.NoError(t, c.Validate(), good)
	}
	c.PublicURL = "https://khue.example.vn/"
	require.Equal(t, "https://khue.example.vn/reports/12", c.reportPage(12))
	for _, bad := range []string{"khue.example.vn", "ftp://khue.example.vn", "https://", "https://an:secret@khue.example.vn", "https://khue.example.vn/?a=b"} {
		c.PublicURL = bad
		require.ErrorContains(t, c.Validate(), "public_url: ", bad)
	}
}
