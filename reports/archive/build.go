package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/reports"
	"khue/reports/document"
	"khue/state"
)

// Model is the format of the canonical JSON of a document, which is kept beside the
// files that people read.
const Model = "model"

// file is a file of a report with its content.
type file struct {
	state.ReportFile
	content []byte
}

// made is a report in all its languages and formats.
type made struct {
	files []file
	lacks []khue.Text
	asked []reports.Asked
}

// order is what a report is made from, in which languages and formats.
type order struct {
	definition string
	formats    []string
	period     khue.Period
	parameters reports.Parameters
	languages  []khue.Lang
	frozen     reports.Frozen
	recount    bool // every figure is counted from the journal again
}

// create makes a report from what is frozen: the same order gives the same bytes.
func create(ctx context.Context, m Making, o order) (made, error) {
	var out made
	write := m.Reporter.Make
	if o.recount {
		write = m.Reporter.Recount
	}
	for _, lang := range o.languages {
		one, err := write(ctx, reports.Order{ID: o.definition, Period: o.period, Lang: lang, Parameters: o.parameters}, o.frozen)
		if err != nil {
			return made{}, err
		}
		model, err := document.Canonical(one.Document)
		if err != nil {
			return made{}, err
		}
		out.files = append(out.files, fileOf(one.Document, Model, "application/json", model))
		for _, format := range o.formats {
			var b bytes.Buffer
			if err := m.Reporter.Write(ctx, one.Document, format, &b); err != nil {
				return made{}, fmt.Errorf("writing %s as %s: %w", o.definition, format, err)
			}
			media, err := reports.MediaType(format)
			if err != nil {
				return made{}, err
			}
			out.files = append(out.files, fileOf(one.Document, format, media, b.Bytes()))
		}
		for _, lack := range one.Lacks {
			if !slices.Contains(out.lacks, lack) && !sameInOther(out.lacks, lack, lang) {
				out.lacks = append(out.lacks, lack)
			}
		}
		out.asked = one.Asked
	}
	return out, nil
}

// sameInOther tells that what is lacking in one language was said of the other:
// names of tables are told in the document's own.
func sameInOther(lacks []khue.Text, lack khue.Text, lang khue.Lang) bool {
	return slices.ContainsFunc(lacks, func(l khue.Text) bool { return l.In(lang) == lack.In(lang) })
}

func fileOf(d document.Document, format, media string, content []byte) file {
	name := d.FileName(format)
	if format == Model {
		name = d.FileName("json")
	}
	return file{state.ReportFile{Language: string(d.Lang), Format: format, Name: name, MediaType: media, Size: int64(len(content))}, content}
}

// draft makes a build by what is known now. What cannot be made leaves a build
// without files that says why, unless the order itself is wrong.
func (a *Archive) draft(ctx context.Context, o Order, former *reports.Former, by string) (state.ReportBuild, error) {
	m, err := a.Maker(ctx, "", o.Confidential)
	if err != nil {
		return state.ReportBuild{}, err
	}
	definition, err := m.Reporter.Definition(o.Definition)
	if err != nil {
		return state.ReportBuild{}, err
	}
	frozen, err := m.Reporter.Freeze(ctx, reports.Order{ID: o.Definition, Period: o.Period, Parameters: o.Parameters})
	if err != nil {
		return state.ReportBuild{}, err
	}
	frozen.Former = former
	if frozen.Mark, err = markOf(o, frozen); err != nil {
		return state.ReportBuild{}, err
	}
	out, err := create(ctx, m, order{definition.ID, definition.Formats, o.Period, o.Parameters, o.Languages, frozen, false})
	switch kind := khue.KindOf(err); {
	case err == nil:
	case ctx.Err() != nil || kind == khue.Invalid || kind == khue.NotFound:
		return state.ReportBuild{}, err
	default:
		out = made{lacks: []khue.Text{{VI: "không lập được: " + khue.ToldOf(err, khue.Vietnamese), EN: "it cannot be made: " + khue.ToldOf(err, khue.English)}}}
	}
	return a.keep(ctx, state.ReportBuild{
		Languages: codes(o.Languages), DefinitionVersion: definition.Version, Definitions: m.Definitions.Version(), Program: a.Program, MadeBy: by,
	}, frozen, out)
}

// markOf names a draft by all that it is made from.
func markOf(o Order, frozen reports.Frozen) (string, error) {
	subject, _, err := o.subject()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(frozen)
	if err != nil {
		return "", fmt.Errorf("naming a draft: %w", err)
	}
	return sumOf(append([]byte(subject+"\n"), text...))[:32], nil
}

func codes(languages []khue.Lang) []string {
	out := make([]string, len(languages))
	for i, lang := range languages {
		out[i] = string(lang)
	}
	return out
}

// keep keeps the contents of a build's files, then gives the build that names them.
func (a *Archive) keep(ctx context.Context, b state.ReportBuild, frozen reports.Frozen, out made) (state.ReportBuild, error) {
	if out.lacks == nil {
		out.lacks = []khue.Text{}
	}
	for _, part := range []struct {
		value any
		into  *string
	}{{frozen, &b.Frozen}, {out.lacks, &b.Lacks}, {out.asked, &b.Asked}} {
		text, err := json.Marshal(part.value)
		if err != nil {
			return b, fmt.Errorf("writing what a report was made from: %w", err)
		}
		*part.into = string(text)
	}
	b.AsOf, b.Files = frozen.AsOf, nil
	contents := make([][]byte, len(out.files))
	for i, f := range out.files {
		contents[i] = f.content
	}
	sums, err := a.Keeper.KeepContents(ctx, a.Now(), contents...)
	if err != nil {
		return b, err
	}
	for i, f := range out.files {
		f.SHA256 = sums[i]
		b.Files = append(b.Files, f.ReportFile)
	}
	return b, nil
}

// again is a report that was made before, with what makes it anew.
type again struct {
	order
	report state.Report
	making Making
}

// reopen reads what a report was made from, and gets what makes it by the
// definitions of then.
func (a *Archive) reopen(ctx context.Context, r state.Report) (again, error) {
	out := again{report: r, order: order{definition: r.Definition, formats: formats(r), recount: true}}
	var err error
	if out.period, err = khue.ParsePeriod(r.Period); err != nil {
		return out, err
	}
	for _, code := range r.Build.Languages {
		lang, err := khue.ParseLang(code)
		if err != nil {
			return out, err
		}
		out.languages = append(out.languages, lang)
	}
	var params parameters
	for text, into := range map[string]any{r.Build.Frozen: &out.frozen, r.Parameters: &params} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return out, fmt.Errorf("reading what report %d was made from: %w", r.ID, err)
		}
	}
	out.frozen.AsOf, out.parameters = out.frozen.AsOf.In(a.Zone), params.Parameters
	out.making, err = a.Maker(ctx, r.Build.Definitions, params.Confidential)
	return out, err
}

// create makes the report anew, from what is frozen now.
func (g again) create(ctx context.Context) (made, error) { return create(ctx, g.making, g.order) }

// formats are those that the report was made in.
func formats(r state.Report) []string {
	var out []string
	for _, f := range r.Build.Files {
		if f.Format != Model && f.Edited == nil && !slices.Contains(out, f.Format) {
			out = append(out, f.Format)
		}
	}
	return out
}

// of finds the file of a language and a format.
func (m made) of(language, format string) (file, bool) {
	for _, f := range m.files {
		if f.Language == language && f.Format == format {
			return f, true
		}
	}
	return file{}, false
}

// today is the day of a moment where the office is.
func (a *Archive) today(now time.Time) time.Time { return now.In(a.Zone) }
