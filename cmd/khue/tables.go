package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"khue"
)

// wrapped is a column, counted from 1, whose long texts go on in the next line.
func wrapped(number, width int) table.ColumnConfig {
	return table.ColumnConfig{Number: number, WidthMax: width, WidthMaxEnforcer: wrapWords}
}

// wrapWords breaks between words and keeps the lines that a text has already.
func wrapWords(of string, width int) string {
	lines := strings.Split(of, "\n")
	for i, line := range lines {
		lines[i] = text.WrapSoft(line, width)
	}
	return strings.Join(lines, "\n")
}

// tableOrJSON holds a --format against the two that most commands have.
func tableOrJSON(format string) error {
	if format != "table" && format != "json" {
		return khue.Errorf(khue.Invalid, "--format là table hoặc json, không phải %q", "--format is table or json, not %q", format)
	}
	return nil
}
