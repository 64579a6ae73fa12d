package main

import (
	"sync"

	"khue/reports"
	"khue/reports/narrative"
	"khue/reports/pdf"
)

// textBook is the book of what staff write for reports. Which letters paper can print
// is looked up once somebody writes.
func (o *Observatory) textBook() (*narrative.Book, error) {
	alphabet := sync.OnceValue(func() *pdf.Alphabet {
		letters, err := paperLetters()
		if err == nil {
			var a *pdf.Alphabet
			if a, err = pdf.NewAlphabet(letters); err == nil {
				return a
			}
		}
		o.Log.Warn("the letters of reports cannot be looked at; texts are taken as they come", "error", err)
		return nil
	})
	return narrative.NewBook(narrative.Options{
		Keeper: o.State, Outlines: reports.Outlines{Definitions: o.Reports, Meaning: o.Catalogue}, Now: o.Now,
		Missing: func(text string) []rune {
			if a := alphabet(); a != nil {
				return a.Missing(text)
			}
			return nil
		},
	})
}
