package indicators

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"khue"
	"khue/warehouse"
)

// crockford is base32 without letters that read like digits.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// idLength is how many characters an id has: 60 bits, so that a million ids meet
// by chance once in two million times.
const idLength = 12

// evidenceID names a question, the definitions and the moment it was answered by.
func evidenceID(canonical []byte, version string, asOf time.Time) string {
	h := sha256.New()
	fmt.Fprintf(h, "khue evidence 1\n%s\n%s\n%s", canonical, version, asOf.UTC().Format("2006-01-02T15:04:05.000Z"))
	return crockford.EncodeToString(h.Sum(nil))[:idLength]
}

// questionOf reads a canonical question, and the day it holds for if it names one.
func questionOf(canonical []byte) (Question, time.Time, error) {
	var q Question
	var more struct {
		On string `json:"on"`
	}
	if err := json.Unmarshal(canonical, &q); err != nil {
		return Question{}, time.Time{}, fmt.Errorf("reading a kept question: %w", err)
	}
	if err := json.Unmarshal(canonical, &more); err != nil || more.On == "" {
		return q, time.Time{}, err
	}
	on, err := time.Parse(time.DateOnly, more.On)
	return q, on, err
}

// again is set on questions that the service asks on its own account to answer
// another: they leave no evidence. Day is the day it was first asked on, which
// decides what is partial and where stocks end; zero leaves that to the moment.
type again struct{ day time.Time }

// identify gives an answer its evidence id and notes the question under it. An
// answer that was given while a batch came in gets none: it may hold a part of the
// batch, and no moment of knowledge would bring it back.
func (s *Service) identify(a *inquiry, found *result, states []warehouse.DatasetState, e *Evidence) error {
	if a.question.again != nil {
		return nil
	}
	e.Knowledge = a.question.AsOf
	for _, m := range a.measures {
		for _, dataset := range warehouse.Feeds(m.Dataset) {
			state := stateOf(states, dataset)
			if state.Loading || state.ChangedAt.After(a.started) {
				return nil
			}
			if a.question.AsOf.IsZero() && state.LastRecorded.After(e.Knowledge) {
				e.Knowledge = state.LastRecorded
			}
		}
	}
	if e.Knowledge.IsZero() {
		e.Knowledge = nothingKnown
	}
	var on time.Time
	if found.dayMatters() {
		on = a.today
	}
	canonical, err := a.question.canonical(on)
	if err != nil {
		return err
	}
	e.ID = evidenceID(canonical, e.DefinitionVersion, e.Knowledge)
	if s.ledger != nil && s.noted.first(e.ID) {
		s.ledger.Keep(Asked{ID: e.ID, Question: canonical, AsOf: e.Knowledge, Version: e.DefinitionVersion, FirstAskedAt: s.now()})
	}
	return nil
}

// nothingKnown is the moment of knowledge of an answer given before anything was
// recorded. The zero moment would stand for now, and bring back what came later.
var nothingKnown = time.Unix(0, 0).UTC()

// dayMatters tells that the same question by the same knowledge would be answered
// otherwise on a later day: a period is not over, or a stock is asked for as it
// is today.
func (r *result) dayMatters() bool {
	a := r.asked
	for _, m := range a.measures {
		if m.Kind == "stock" && !a.end(m).Equal(a.question.To) {
			return true
		}
	}
	if a.timeKey < 0 {
		return a.question.To.After(a.today)
	}
	var last khue.Period // of periods of one length, it is over after all others
	for _, row := range r.rows {
		if p := row.Keys[a.timeKey].Period; p.Start().After(last.Start()) {
			last = p
		}
	}
	return !last.IsZero() && last.Partial(a.today)
}

// noted remembers which ids this process has handed to the ledger.
type noted struct {
	mu  sync.Mutex
	ids map[string]bool
}

// mostNoted bounds that memory; an id noted again changes nothing.
const mostNoted = 50_000

func (n *noted) first(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ids[id] {
		return false
	}
	if n.ids == nil || len(n.ids) >= mostNoted {
		n.ids = make(map[string]bool)
	}
	n.ids[id] = true
	return true
}

// CellID names one number of an answer: the answer's id, the keys of its row and
// its measure, with dots between; a derived figure has the id of what it was
// derived from. Figure counts from 0 among Row.Values. "" when the answer has no id.
func (a Answer) CellID(row, figure int) string {
	column := len(a.Question.By) + figure
	if a.Evidence.ID == "" || row >= len(a.Rows) || column >= len(a.Columns) {
		return ""
	}
	parts := []string{a.Evidence.ID}
	for _, k := range a.Rows[row].Keys {
		parts = append(parts, escapeKey(k.Code))
	}
	name := a.Columns[column].Name
	if a.Columns[column].Derived != "" {
		name = a.Columns[column].Of
	}
	return strings.Join(append(parts, escapeKey(name)), ".")
}

// cellOf splits a cell's id: the answer's id, the codes of its row and its measure.
// An answer's id alone has neither.
func cellOf(id string) (answer string, codes []string, measure string, err error) {
	parts := strings.Split(id, ".")
	if len(parts[0]) != idLength || strings.Trim(parts[0], "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
		return "", nil, "", noEvidence(id)
	}
	for i, part := range parts[1:] {
		code, ok := unescapeKey(part)
		if !ok {
			return "", nil, "", noEvidence(id)
		}
		if i == len(parts)-2 {
			measure = code
			break
		}
		codes = append(codes, code)
	}
	return parts[0], codes, measure, nil
}

func noEvidence(id string) error {
	if r := []rune(id); len(r) > 60 {
		id = string(r[:60]) + "…"
	}
	return khue.Errorf(khue.NotFound,
		"không có con số nào mang mã %q; hãy xem lại mã in bên cạnh con số", "no number has the id %q; check the id printed beside the number", id)
}

// escapeKey writes a code with letters, digits, - and _ alone; "" is "~".
func escapeKey(code string) string {
	if code == "" {
		return "~"
	}
	var b strings.Builder
	for _, c := range []byte(code) {
		if c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "~%02X", c)
	}
	return b.String()
}

var escapedByte = regexp.MustCompile(`~[0-9A-F]{2}`)

func unescapeKey(part string) (string, bool) {
	if part == "~" {
		return "", true
	}
	code := escapedByte.ReplaceAllStringFunc(part, func(hex string) string {
		var c byte
		_, _ = fmt.Sscanf(hex, "~%02X", &c)
		return string([]byte{c})
	})
	return code, part != "" && escapeKey(code) == part
}
