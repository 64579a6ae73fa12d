package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/docx"
	"khue/reports/edited/editedtest"
	"khue/state"
)

func TestAnEditedWordFileIsHandedBackAndToldByTheCommandLine(t *testing.T) {
	o := newObservatory(t, []byte("{}\n"), nil)
	store, err := state.Open(t.Context(), filepath.Join(o.data, "state.db"))
	require.NoError(t, err)
	now, ctx := time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), context.Background()
	d := documenttest.Narrative(khue.Vietnamese)
	d.Mark = "abc"
	var made bytes.Buffer
	require.NoError(t, docx.Write(&made, d, nil))
	sums, err := store.KeepContents(ctx, now, made.Bytes())
	require.NoError(t, err)
	_, err = store.AddReport(ctx, state.Report{Subject: "x", Definition: "leader-brief", Period: "2025", Parameters: "{}"}, state.ReportAct{
		Step: state.ReportStep{Act: "drafted", Status: state.ReportDraft, Person: "Lan"},
		Build: &state.ReportBuild{AsOf: now, Frozen: `{"mark":"abc"}`, Languages: []string{"vi"}, Asked: "[]", Lacks: "[]", MadeBy: "Lan", Files: []state.ReportFile{
			{Language: "vi", Format: "docx", Name: "bc_vi.docx", MediaType: docx.MediaType, SHA256: sums[0], Size: int64(made.Len())},
		}},
	}, now)
	require.NoError(t, err)
	require.NoError(t, store.Close())

	path := filepath.Join(t.TempDir(), "sua.docx")
	require.NoError(t, os.WriteFile(path, editedtest.Replaced(t, made.Bytes(), editedtest.Body, ">nghiêng<", ">nghiêng 45<"), 0o600))
	require.Contains(t, o.must("report", "edits", "1"), "nobody has edited its Word files")
	require.Contains(t, refused(t, o, "report", "upload", "1", path+".no", "--by", "Lê Minh"), "cannot be read")
	require.Contains(t, refused(t, o, "report", "upload", "1", path, "--by", "Lê Minh", "--in", "en"), `in the language "vi", not "en"`)
	require.Contains(t, refused(t, o, "report", "upload", "9", path, "--by", "Lê Minh"), "there is no report 9")
	told := o.must("report", "upload", "1", path, "--by", "Lê Minh", "--remark", "theo biên bản")
	require.Contains(t, told, "report 1: draft")
	require.Contains(t, told, "edited by Lê Minh")
	require.Contains(t, told, "{+ 45+}")
	require.Regexp(t, `– +│ 45`, told)
	require.Regexp(t, `bc_vi_edited\.docx +│ edited by Lê Minh`, o.must("report", "show", "1"))
	require.Regexp(t, `bc_vi\.docx +│ as made, not issued`, o.must("report", "show", "1"))

	var list []editsJSON
	require.NoError(t, json.Unmarshal([]byte(o.must("report", "edits", "1", "--format", "json")), &list))
	require.Len(t, list, 1)
	require.Equal(t, sums[0], list[0].MadeSHA256)
	require.Equal(t, "Lê Minh", list[0].EditedBy)
	require.Len(t, list[0].Numbers, 1)
	require.Equal(t, "45", list[0].Numbers[0].Is)
	require.Contains(t, refused(t, o, "report", "edits", "1", "--format", "xml"), "--format is table or json")
}
