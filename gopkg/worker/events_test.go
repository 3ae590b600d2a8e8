package worker_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/worker"
)

func kinds(events <-chan worker.Event) (all []worker.EventKind) {
	for e := range events {
		all = append(all, e.Kind)
	}
	return all
}

func TestEventsOfALife(t *testing.T) {
	outputs := []onnx.Output{{Chosen: true, Why: "its name"}, {Why: "a cache"}}
	w, err := worker.New(worker.Parts{Runner: newModel(), Outputs: outputs, Hidden: onnx.Selection{Why: "its name"}}, worker.Options{})
	require.NoError(t, err)
	events := w.Events(t.Context())
	f, err := w.Submit(t.Context(), worker.Request{TokenIDs: []int64{1}, Label: "first"})
	require.NoError(t, err)
	_, err = w.Submit(t.Context(), worker.Request{TokenIDs: []int64{poison}, Label: "second"})
	require.ErrorIs(t, err, q2.ErrNotFinite)
	_, err = w.Submit(t.Context(), worker.Request{TokenIDs: []int64{refused}, Label: "third"})
	require.ErrorIs(t, err, onnx.ErrTokenRange)
	require.NoError(t, w.Close())

	timing := onnx.Timing{Model: modelRun, Kernel: 1000}
	assert.Equal(t, worker.Event{Kind: worker.Outputs, Outputs: outputs, Hidden: onnx.Selection{Why: "its name"}}, <-events)
	assert.Equal(t, worker.Event{Kind: worker.Ready}, <-events)
	assert.Equal(t, worker.Event{Kind: worker.Result, Label: "first", Fingerprint: f, Batch: 1, Timing: timing}, <-events)
	assert.Equal(t, worker.Event{Kind: worker.Error, Label: "second", Err: q2.ErrNotFinite, Batch: 1, Timing: timing}, <-events)
	third := <-events
	assert.Equal(t, "third", third.Label)
	assert.ErrorIs(t, third.Err, onnx.ErrTokenRange)
	assert.Equal(t, worker.Event{Kind: worker.Closed}, <-events)
	_, open := <-events
	assert.False(t, open)
	assert.Equal(t, []worker.EventKind{worker.Outputs, worker.Ready, worker.Closed}, kinds(w.Events(t.Context())), "told to a late listener")
	assert.Zero(t, w.Stats().DroppedEvents)
}

// A listener that never reads loses events and holds nobody up; another one gets all.
func TestASlowListenerLosesEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker(t, newModel(), worker.Options{EventBuffer: 2})
		synctest.Wait() // outputs and ready are told
		slow := w.Events(t.Context())
		attentive := make(chan []worker.EventKind, 1)
		heard := w.Events(t.Context())
		go func() { attentive <- kinds(heard) }()
		for range 10 {
			assert.Equal(t, modelRun, (<-submit(t.Context(), w, 1)).after)
			synctest.Wait()
		}
		require.NoError(t, w.Close())
		assert.Len(t, <-attentive, 13)
		assert.Len(t, kinds(slow), 4, "outputs, ready, and as many as the buffer holds")
		assert.EqualValues(t, 9, w.Stats().DroppedEvents)
	})
}

func TestAListenerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker(t, newModel(), worker.Options{})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		events := w.Events(ctx)
		cancel()
		assert.Equal(t, []worker.EventKind{worker.Outputs, worker.Ready}, kinds(events))
		assert.NoError(t, (<-submit(t.Context(), w, 1)).err)
		require.NoError(t, w.Close())
	})
}
