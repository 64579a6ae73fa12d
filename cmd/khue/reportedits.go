package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/reports/archive"
	"khue/reports/edited"
	"khue/state"
)

func newReportUpload(s *shared) *cobra.Command {
	var by, lang, remark string
	c := &cobra.Command{
		Use:   "upload N FILE",
		Short: "Hand back the Word file of a report that people edited, to be issued in its place",
		Long: `Hand back the Word file of a report that people edited, to be issued in its place.

The file must be the one that was made for this very draft, saved by Word or
LibreOffice. The report is a draft again, wherever it stood, and has to be submitted
and approved anew; whoever hands the file back may not approve it. When the report is
issued, the PDF and the web page of that language are left out, since they no longer
say what the Word file says. What was changed: khue report edits N.`,
		Example: "  khue report upload 1 resolution-progress_2025_asof-20261129_vi.docx --by \"Lê Minh\"",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			var in khue.Lang
			if lang != "" {
				if in, err = khue.ParseLang(lang); err != nil {
					return err
				}
			}
			content, err := handedBack(args[1])
			if err != nil {
				return err
			}
			return s.besideArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				r, err := a.Edit(ctx, id, in, content, by, remark)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), khue.Text{VI: "báo cáo số %d: %s\n", EN: "report %d: %s\n"}.In(o.lang()), r.ID, archive.StatusText(r.Status()).In(o.lang()))
				return tellEdits(ctx, cmd.OutOrStdout(), o, a, r)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&by, "by", "", "who hands it back")
	f.StringVar(&lang, "in", "", "the language that the file must be of: vi or en (default whichever it is)")
	f.StringVar(&remark, "remark", "", "what was changed and why")
	demand(c, "by")
	return c
}

// handedBack reads a file, and no more of it than is taken.
func handedBack(path string) ([]byte, error) {
	unread := func(err error) error {
		return khue.Errorf(khue.Invalid, "không đọc được tệp %s", "the file %s cannot be read", path).Because(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, edited.MaxBytes+1))
	if err != nil {
		return nil, unread(err)
	}
	return content, nil
}

func newReportEdits(s *shared) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "edits N", Short: "Tell what people changed in the Word files of a report: numbers first, then words", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			if err := tableOrJSON(format); err != nil {
				return err
			}
			return s.besideArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				r, err := a.Report(ctx, id)
				if err != nil {
					return err
				}
				if format == "table" {
					return tellEdits(ctx, cmd.OutOrStdout(), o, a, r)
				}
				all, err := a.Edits(ctx, r)
				if err != nil {
					return err
				}
				out := make([]editsJSON, len(all))
				for i, one := range all {
					out[i] = editsJSON{one.Language, one.File.Name, one.File.SHA256, one.Made, one.File.Edited.Source, one.File.Edited.Person, one.File.Edited.At.Format(jsonMoment), one.Comparison}
				}
				return printJSON(cmd.OutOrStdout(), out)
			})
		},
	}
	c.Flags().StringVar(&format, "format", "table", "table or json")
	return c
}

const jsonMoment = "2006-01-02T15:04:05.999Z07:00"

type editsJSON struct {
	Language   string `json:"language"`
	Name       string `json:"name"`
	SHA256     string `json:"sha256"`
	Made       string `json:"made"` // name of the file as it was made
	MadeSHA256 string `json:"made_sha256"`
	EditedBy   string `json:"edited_by"`
	EditedAt   string `json:"edited_at"`
	edited.Comparison
}

// tellEdits tells people what was changed, numbers first.
func tellEdits(ctx context.Context, out io.Writer, o *Observatory, a *archive.Archive, r state.Report) error {
	lang := o.lang()
	say := func(vi, en string, args ...any) { fmt.Fprintf(out, khue.Text{VI: vi, EN: en}.In(lang)+"\n", args...) }
	all, err := a.Edits(ctx, r)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		say("Báo cáo số %d: chưa ai sửa tệp Word.", "Report %d: nobody has edited its Word files.", r.ID)
	}
	for _, one := range all {
		e := one.File.Edited
		say("%s: %s sửa, tải lên %s, SHA-256 %s", "%s: edited by %s, handed back %s, SHA-256 %s", one.File.Name, e.Person, o.moment(e.At), one.File.SHA256)
		if len(one.Changes) == 0 {
			say("  lời văn và số liệu đúng như bản phần mềm lập (%d đoạn đã so)", "  words and numbers are as they were made (%d paragraphs compared)", one.Lines)
			continue
		}
		if len(one.Numbers) == 0 {
			say("  không con số nào bị đổi", "  no number was changed")
		} else {
			say("  Số do người sửa:", "  Numbers edited by people:")
			numbers := newTable(khue.Text{VI: "Chỗ", EN: "Where"}, khue.Text{VI: "Phần mềm lập", EN: "As made"}, khue.Text{VI: "Đã sửa", EN: "Edited"})(lang)
			for _, n := range one.Numbers {
				numbers.AppendRow(table.Row{placeWords(n.Place), dash(n.Was), dash(n.Is)})
			}
			fmt.Fprintln(out, numbers.Render())
		}
		say("  Đoạn do người sửa (%d trong %d đoạn):", "  Paragraphs edited by people (%d, of %d):", len(one.Changes), one.Lines)
		for _, c := range one.Changes {
			fmt.Fprintln(out, "  "+changedLine(c, lang))
		}
	}
	return nil
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// placeWords say where a line stands.
func placeWords(p edited.Place) string {
	var parts []string
	for _, part := range []string{p.Section, p.Row, p.Column} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " › ")
}

// changedLine writes a changed paragraph on one line: [-gone-] and {+added+}.
func changedLine(c edited.Change, lang khue.Lang) string {
	var b strings.Builder
	if at := placeWords(c.Place); at != "" {
		b.WriteString(at + ": ")
	}
	if c.Moved {
		b.WriteString(khue.Text{VI: "(chuyển chỗ) ", EN: "(moved) "}.In(lang))
	}
	for _, p := range c.Pieces {
		switch p.Op {
		case edited.Gone:
			b.WriteString("[-" + p.Text + "-]")
		case edited.Added:
			b.WriteString("{+" + p.Text + "+}")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
