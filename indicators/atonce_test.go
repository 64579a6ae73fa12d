package indicators

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThingsDoneAtOnceAreAllDoneAndTheFirstErrorIsGiven(t *testing.T) {
	var done atomic.Int32
	require.NoError(t, atOnce(t.Context(), 9, func(context.Context, int) error { done.Add(1); return nil }))
	require.EqualValues(t, 9, done.Load())
	fault := errors.New("no answer")
	require.ErrorIs(t, atOnce(t.Context(), 3, func(_ context.Context, i int) error {
		if i == 1 {
			return fault
		}
		return nil
	}), fault)
}

func TestAPartOfAQuestionThatPanicsIsAnErrorAndNotTheEndOfTheServer(t *testing.T) {
	err := atOnce(t.Context(), 2, func(_ context.Context, i int) error {
		var rows []int
		_ = rows[i]
		return nil
	})
	require.ErrorContains(t, err, "a part of a question broke off")
	require.ErrorContains(t, err, "index out of range")
}
