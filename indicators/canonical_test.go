package indicators

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// anyField is a question's text with its fields sorted and what is empty left out,
// whatever fields there are.
func anyField(t *testing.T, q Question, on time.Time) string {
	t.Helper()
	q.AsOf, q.Limit = time.Time{}, 0
	where := make(map[string][]string, len(q.Where))
	for dim, values := range q.Where {
		where[dim] = distinct(values)
	}
	q.Where = where
	q.Scope.Areas = distinct(q.Scope.Areas)
	text, err := json.Marshal(q)
	require.NoError(t, err)
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&fields))
	withoutEmpty(fields)
	if !on.IsZero() {
		fields["on"] = on.Format(time.DateOnly)
	}
	text, err = json.Marshal(fields)
	require.NoError(t, err)
	return string(text)
}

func withoutEmpty(fields map[string]any) {
	for name, v := range fields {
		switch v := v.(type) {
		case map[string]any:
			withoutEmpty(v)
			if len(v) == 0 {
				delete(fields, name)
			}
		case []any:
			if len(v) == 0 {
				delete(fields, name)
			}
		case nil, bool, string, json.Number:
			if v == nil || v == false || v == "" || v == json.Number("0") || v == "0001-01-01T00:00:00Z" {
				delete(fields, name)
			}
		}
	}
}

func TestTheTextOfAQuestionHasEachOfItsFieldsInOrderAndNothingEmpty(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // any questions will do
	var q Question
	fields := reflect.ValueOf(&q).Elem()
	for range 5_000 {
		q = Question{}
		for i := range fields.NumField() {
			if field := fields.Field(i); field.CanSet() && r.IntN(2) == 0 {
				fill(r, field)
			}
		}
		var on time.Time
		if r.IntN(2) == 0 {
			on = anyDay(r)
		}
		text, err := q.canonical(on)
		require.NoError(t, err)
		require.Equal(t, anyField(t, q, on), string(text))
		read, day, err := questionOf(text)
		require.NoError(t, err)
		require.True(t, on.Equal(day))
		again, err := read.canonical(day)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again), "what was kept asks the same")
	}
}

func anyDay(r *rand.Rand) time.Time {
	return time.Date(2019, 1, 1+r.IntN(3000), 0, 0, 0, 0, time.UTC)
}

// fill sets a field of any kind to anything, often to what is empty.
func fill(r *rand.Rand, field reflect.Value) {
	words := []string{"", "design", "Lĩnh vực <khác> & \"mới\"", "area", "~other", "2024"}
	switch field.Kind() { //nolint:exhaustive // a question with a field of another kind fails below
	case reflect.Bool:
		field.SetBool(r.IntN(2) == 0)
	case reflect.Int:
		field.SetInt(int64(r.IntN(4)))
	case reflect.String:
		field.SetString(words[r.IntN(len(words))])
	case reflect.Slice:
		field.Set(reflect.MakeSlice(field.Type(), r.IntN(4), 4))
		for i := range field.Len() {
			fill(r, field.Index(i))
		}
	case reflect.Map:
		field.Set(reflect.MakeMap(field.Type()))
		for range r.IntN(4) {
			key, value := reflect.New(field.Type().Key()).Elem(), reflect.New(field.Type().Elem()).Elem()
			fill(r, key)
			fill(r, value)
			field.SetMapIndex(key, value)
		}
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		fill(r, field.Elem())
	case reflect.Struct:
		if field.Type() == reflect.TypeFor[time.Time]() {
			field.Set(reflect.ValueOf(anyDay(r)))
			return
		}
		for i := range field.NumField() {
			fill(r, field.Field(i))
		}
	default:
		panic("a question has a field of a kind that this test does not know: " + field.Kind().String())
	}
}
