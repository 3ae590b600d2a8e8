package worker_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/worker"
)

// Each request comes at a settled moment, so that batches are exact: all others are blocked when it is sent.
func inOrder(t *testing.T, w *worker.Worker, texts ...[]int64) []<-chan answer {
	t.Helper()
	answers := make([]<-chan answer, len(texts))
	for i, ids := range texts {
		answers[i] = submit(t.Context(), w, ids...)
		synctest.Wait()
	}
	return answers
}

func TestWhatWaitsIsOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1})
		answers := inOrder(t, w, text(1, 3), text(2, 3), text(3, 3), text(4, 3))
		assert.Equal(t, 3, w.Stats().Queued)
		assert.Equal(t, 1, w.Stats().Running)
		for i, a := range answers {
			assertAnswer(t, <-a, text(i+1, 3)...)
		}
		assert.Equal(t, [][]int{{1}, {2, 3, 4}}, m.ran())
		require.NoError(t, w.Close())
		s := w.Stats()
		assert.Equal(t, []uint64{1, 0, 1}, s.BatchSizes)
		assert.Equal(t, [5]uint64{4, 4, 0, 0, 2}, [5]uint64{s.Accepted, s.Done, s.Failed, s.Cancelled, s.Batches})
		assert.Equal(t, 2*modelRun, s.ModelTime)
		assert.Equal(t, 2*time.Microsecond, s.KernelTime)
		assert.Equal(t, 3*modelRun, s.QueueTime)
		assert.Zero(t, s.Queued+s.Running)
	})
}

// A lone caller waits for its own run and nothing else, however often it comes back and however long the delay is.
func TestALoneCallerIsNotDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker(t, newModel(), worker.Options{Runs: 1, Delay: time.Second})
		for range 5 {
			assert.Equal(t, modelRun, (<-submit(t.Context(), w, 1, 2)).after)
		}
		time.Sleep(time.Hour)
		assert.Equal(t, modelRun, (<-submit(t.Context(), w, 1, 2)).after)
		require.NoError(t, w.Close())
	})
}

// Callers that were answered together come back at different moments, and are run together again.
func TestReturningCallersAreAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, Delay: 2 * time.Millisecond})
		for _, a := range inOrder(t, w, text(1, 3), text(2, 3), text(3, 3)) {
			<-a
		}
		second := submit(t.Context(), w, 2)
		time.Sleep(time.Millisecond)
		assert.Equal(t, 1, w.Stats().Queued)
		third := submit(t.Context(), w, 3)
		assert.Equal(t, modelRun+time.Millisecond, (<-second).after, "until all are back")
		<-third
		assert.Equal(t, [][]int{{1}, {2, 3}, {2, 3}}, m.ran())
		assert.Equal(t, modelRun+2*time.Millisecond, (<-submit(t.Context(), w, 2)).after, "for as long as the delay")
		time.Sleep(time.Second)
		assert.Equal(t, modelRun, (<-submit(t.Context(), w, 2)).after)
		require.NoError(t, w.Close())
	})
}

// Nobody is waited for when what waits is a batch already, by tokens or by requests.
func TestAFullBatchIsNotHeldUp(t *testing.T) {
	for name, o := range map[string]worker.Options{"tokens": {MaxBatchTokens: 6}, "requests": {MaxBatch: 3}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.Runs, o.Delay = 1, time.Second
				w := newWorker(t, newModel(), o)
				for _, a := range inOrder(t, w, text(1, 2), text(2, 2), text(3, 2), text(4, 2)) {
					<-a
				}
				answers := []<-chan answer{submit(t.Context(), w, text(5, 2)...)}
				time.Sleep(time.Millisecond)
				assert.Equal(t, 1, w.Stats().Queued, "two more are waited for")
				answers = append(answers, inOrder(t, w, text(6, 2), text(7, 2))...)
				for i, a := range answers {
					got := <-a
					assertAnswer(t, got, text(5+i, 2)...)
					assert.LessOrEqual(t, got.after, modelRun+time.Millisecond)
				}
				// Three were answered; six tokens at once are a batch, and one of two is not.
				if name == "tokens" {
					assert.Equal(t, modelRun, (<-submit(t.Context(), w, text(8, 6)...)).after)
				}
				assert.Equal(t, modelRun+time.Second, (<-inOrder(t, w, text(9, 2))[0]).after)
				require.NoError(t, w.Close())
			})
		})
	}
}

func TestNoDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker(t, newModel(), worker.Options{Runs: 1, Delay: -1})
		for _, a := range inOrder(t, w, text(1, 3), text(2, 3), text(3, 3)) {
			<-a
		}
		assert.Equal(t, modelRun, (<-submit(t.Context(), w, 1)).after)
		require.NoError(t, w.Close())
	})
}

func TestBatchesByLength(t *testing.T) {
	for name, c := range map[string]struct {
		options worker.Options
		model   *model
		lengths []int
		want    [][]int // names are places in lengths
	}{
		"neighbours in length, by length":   {worker.Options{MaxPadding: 100}, &model{batch: 3, tokens: 256}, []int{10, 30, 9, 29, 11}, [][]int{{2, 0, 4}, {3, 1}}},
		"no more padding than allowed":      {worker.Options{MaxPadding: 10}, &model{batch: 8, tokens: 256}, []int{10, 30, 9, 29, 20}, [][]int{{2, 0}, {3, 1}, {4}}},
		"no padding at all":                 {worker.Options{MaxPadding: -1}, &model{batch: 8, tokens: 256}, []int{10, 9, 10, 9}, [][]int{{0, 2}, {1, 3}}},
		"a model that can't pad":            {worker.Options{}, &model{batch: 8, tokens: 256, noPadding: true}, []int{10, 9, 10, 9}, [][]int{{0, 2}, {1, 3}}},
		"the budget counts padding":         {worker.Options{MaxPadding: 100}, &model{batch: 8, tokens: 60}, []int{20, 12, 20, 20}, [][]int{{0, 2, 3}, {1}}},
		"no more tokens than by default":    {worker.Options{MaxPadding: 100}, &model{batch: 8, tokens: 256}, []int{30, 30, 30, 30, 30, 30}, [][]int{{0, 1, 2, 3}, {4, 5}}},
		"a text beyond the budget is alone": {worker.Options{MaxPadding: 100, MaxBatchTokens: 20}, &model{batch: 8, tokens: 256}, []int{30, 10, 30, 10}, [][]int{{0}, {1, 3}, {2}}},
		"a smaller budget than the model's": {worker.Options{MaxBatchTokens: 40}, &model{batch: 8, tokens: 60}, []int{20, 20, 20}, [][]int{{0, 1}, {2}}},
		"a smaller batch than the model's":  {worker.Options{MaxBatch: 1}, &model{batch: 8, tokens: 256}, []int{5, 5, 5}, [][]int{{0}, {1}, {2}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := c.model
				c.options.Runs, c.options.Delay = 1, -1
				w := newWorker(t, m, c.options)
				first := inOrder(t, w, text(99, 1))
				var texts [][]int64
				for i, length := range c.lengths {
					texts = append(texts, text(i, length))
				}
				for i, a := range inOrder(t, w, texts...) {
					assertAnswer(t, <-a, texts[i]...)
				}
				<-first[0]
				require.NoError(t, w.Close())
				assert.Equal(t, c.want, m.ran()[1:])
			})
		})
	}
}

// Short texts keep coming and fill every batch; the long one is in the first batch after those that were on.
func TestALongTextAmongShortOnesDoesNotStarve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		m.batch = 4
		w := newWorker(t, m, worker.Options{Runs: 1})
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for name := range 12 {
			callers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, err := w.Submit(context.Background(), tokens(text(name, 4)...))
						assert.NoError(t, err)
					}
				}
			})
		}
		time.Sleep(105 * time.Millisecond)
		long := <-submit(t.Context(), w, text(50, 30)...)
		assertAnswer(t, long, text(50, 30)...)
		// The run that was on, three batches of those ahead of it, and its own.
		assert.LessOrEqual(t, long.after, 5*modelRun)
		close(stop)
		callers.Wait()
		require.NoError(t, w.Close())
	})
}

func TestRunsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 3, MaxBatch: 1})
		for i, a := range inOrder(t, w, text(0, 2), text(1, 2), text(2, 2), text(3, 2), text(4, 2)) {
			assert.Equal(t, time.Duration(1+i/3)*modelRun, (<-a).after)
		}
		assert.Equal(t, 3, m.most)
		require.NoError(t, w.Close())
	})
}

func TestWorkersShareAModel(t *testing.T) {
	m := newModel()
	one, other := newWorker(t, m, worker.Options{}), newWorker(t, m, worker.Options{})
	a, b := submit(t.Context(), one, 1), submit(t.Context(), other, 2)
	assertAnswer(t, <-a, 1)
	assertAnswer(t, <-b, 2)
	require.NoError(t, one.Close())
	assertAnswer(t, <-submit(t.Context(), other, 3), 3)
	require.NoError(t, other.Close())
}

// Unusable requests fail before they join a batch, one that turns out not finite in it; the good ones' answers are as ever.
func TestPoisonedRequestsFailAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1})
		answers := inOrder(t, w, text(1, 2), text(2, 2), []int64{3, refused}, []int64{-1}, text(5, tooLong), text(poison, 2), []int64{}, text(8, 2))
		for i, want := range map[int]error{2: onnx.ErrTokenRange, 3: onnx.ErrTokenRange, 4: onnx.ErrTooLong, 5: q2.ErrNotFinite, 6: onnx.ErrEmptyInput} {
			got := <-answers[i]
			assert.ErrorIs(t, got.err, want)
			assert.Equal(t, q2.Fingerprint{}, got.fingerprint)
		}
		for _, i := range []int{1, 2, 8} {
			assertAnswer(t, <-answers[i-1], text(i, 2)...)
		}
		assert.Equal(t, [][]int{{1}, {2, poison, 8}}, m.ran())
		require.NoError(t, w.Close())
		s := w.Stats()
		assert.Equal(t, [4]uint64{4, 4, 3, 1}, [4]uint64{s.Rejected, s.Accepted, s.Done, s.Failed})
	})
}

func TestARuntimeErrorFailsItsBatchOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		m.fail = func(batch []int) error {
			if batch[0] == 2 {
				return errRuntime
			}
			return nil
		}
		w := newWorker(t, m, worker.Options{Runs: 1, MaxBatch: 2})
		answers := inOrder(t, w, text(1, 2), text(2, 2), text(3, 2), text(4, 2))
		for _, i := range []int{1, 2} {
			assert.EqualError(t, (<-answers[i]).err, errRuntime.Error())
		}
		assertAnswer(t, <-answers[0], text(1, 2)...)
		assertAnswer(t, <-answers[3], text(4, 2)...)
		assertAnswer(t, <-submit(t.Context(), w, 5), 5)
		require.NoError(t, w.Close())
	})
}

// silent breaks the contract: it reports a failure of the batch and writes no result.
type silent struct{ *model }

func (silent) FingerprintBatch([]onnx.Result, [][]int64) (onnx.Timing, error) {
	return onnx.Timing{}, errRuntime
}

func TestABatchThatIsRefusedWholeIsNotTakenForSuccess(t *testing.T) {
	w, err := worker.New(worker.Parts{Runner: silent{newModel()}}, worker.Options{})
	require.NoError(t, err)
	assert.ErrorIs(t, (<-submit(t.Context(), w, 1)).err, errRuntime)
	require.NoError(t, w.Close())
}

func TestACancelledRequestLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, Queue: 3})
		ctx, cancel := context.WithCancel(t.Context())
		inRun := submit(ctx, w, 1)
		synctest.Wait()
		before := submit(t.Context(), w, 2)
		synctest.Wait()
		queued := submit(ctx, w, 3)
		synctest.Wait()
		after := submit(t.Context(), w, 4)
		synctest.Wait()
		cancel()
		for _, a := range []<-chan answer{inRun, queued} {
			got := <-a
			assert.ErrorIs(t, got.err, context.Canceled)
			assert.Zero(t, got.after, "a caller is let go at once")
		}
		assert.Equal(t, 2, w.Stats().Queued)
		assertAnswer(t, <-before, 2)
		assertAnswer(t, <-after, 4)
		assert.Equal(t, [][]int{{1}, {2, 4}}, m.ran())
		for _, a := range inOrder(t, w, text(5, 1), text(6, 1), text(7, 1), text(8, 1)) {
			assert.NoError(t, (<-a).err, "the cancelled request's place in the queue is free again")
		}
		require.NoError(t, w.Close())
		s := w.Stats()
		assert.Equal(t, [4]uint64{8, 6, 2, 0}, [4]uint64{s.Accepted, s.Done, s.Cancelled, s.Failed})
	})
}

func TestAnEndedContextIsNotSent(t *testing.T) {
	m := newModel()
	w := newWorker(t, m, worker.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Submit(ctx, tokens(1))
	assert.ErrorIs(t, err, context.Canceled)
	require.NoError(t, w.Close())
	assert.Empty(t, m.ran())
}

func TestAFullQueueIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker(t, newModel(), worker.Options{Runs: 1, Queue: 2})
		answers := inOrder(t, w, text(1, 1), text(2, 1), text(3, 1), text(4, 1))
		got := <-answers[3]
		assert.ErrorIs(t, got.err, worker.ErrBusy)
		assert.EqualError(t, got.err, "worker: busy: 2 requests wait, as many as may")
		assert.Zero(t, got.after)
		for i := range 3 {
			assertAnswer(t, <-answers[i], int64(i+1))
		}
		require.NoError(t, w.Close())
	})
}

func TestAFullQueueIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, Queue: 1, Wait: true})
		answers := inOrder(t, w, text(1, 1), text(2, 1), text(3, 1), text(4, 1))
		ctx, cancel := context.WithTimeout(t.Context(), modelRun/2)
		defer cancel()
		got := <-submit(ctx, w, 5)
		assert.ErrorIs(t, got.err, context.DeadlineExceeded)
		assert.Equal(t, modelRun/2, got.after)
		for i, a := range answers {
			assertAnswer(t, <-a, int64(i+1))
		}
		assert.Equal(t, [][]int{{1}, {2}, {3}, {4}}, m.ran(), "in the order of arrival")
		require.NoError(t, w.Close())
	})
}

func TestCloseFailsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, Queue: 2, Wait: true})
		answers := inOrder(t, w, text(1, 1), text(2, 1), text(3, 1), text(4, 1))
		began := time.Now()
		require.NoError(t, w.Close())
		assert.Equal(t, modelRun, time.Since(began), "the run that is on ends")
		assertAnswer(t, <-answers[0], 1)
		for _, a := range answers[1:] {
			assert.ErrorIs(t, (<-a).err, worker.ErrClosed)
		}
		assert.ErrorIs(t, (<-submit(t.Context(), w, 5)).err, worker.ErrClosed)
		assert.Equal(t, [][]int{{1}}, m.ran())
		require.NoError(t, w.Close())
	})
}

func TestShutdownServesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, Queue: 2, Wait: true})
		answers := inOrder(t, w, text(1, 1), text(2, 1), text(3, 1), text(4, 1))
		require.NoError(t, w.Shutdown(t.Context()))
		for i := range 3 {
			assertAnswer(t, <-answers[i], int64(i+1))
		}
		assert.ErrorIs(t, (<-answers[3]).err, worker.ErrClosed, "it had no place in the queue yet")
		assert.Equal(t, [][]int{{1}, {2, 3}}, m.ran())
	})
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, MaxBatch: 1})
		answers := inOrder(t, w, text(1, 1), text(2, 1), text(3, 1), text(4, 1))
		ctx, cancel := context.WithTimeout(t.Context(), modelRun*3/2)
		defer cancel()
		began := time.Now()
		assert.ErrorIs(t, w.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, 2*modelRun, time.Since(began))
		assertAnswer(t, <-answers[0], 1)
		assertAnswer(t, <-answers[1], 2)
		assert.ErrorIs(t, (<-answers[2]).err, worker.ErrClosed)
		assert.ErrorIs(t, (<-answers[3]).err, worker.ErrClosed)
	})
}

// Callers without end, some of whom give up, and a Close among them: every one gets an exact outcome, and the sums agree.
func TestCloseUnderLoad(t *testing.T) {
	for name, drain := range map[string]bool{"close": false, "shutdown": true} {
		t.Run(name, func(t *testing.T) {
			m := newModel()
			w := newWorker(t, m, worker.Options{Runs: 2, Queue: 16, Wait: true, Delay: 100 * time.Microsecond})
			var callers sync.WaitGroup
			var mutex sync.Mutex
			outcomes := map[error]uint64{}
			for caller := range 64 {
				callers.Go(func() {
					random := rand.New(rand.NewPCG(7, uint64(caller)))
					for outcome := error(nil); outcome != worker.ErrClosed; {
						outcome = oneOf(t, w, random)
						mutex.Lock()
						outcomes[outcome]++
						mutex.Unlock()
					}
				})
			}
			time.Sleep(200 * time.Millisecond)
			if drain {
				require.NoError(t, w.Shutdown(t.Context()))
			} else {
				require.NoError(t, w.Close())
			}
			callers.Wait()
			assert.EqualValues(t, 64, outcomes[worker.ErrClosed], "each caller stops at its first")
			assert.NotZero(t, outcomes[nil])
			assert.NotZero(t, outcomes[context.DeadlineExceeded])
			s := w.Stats()
			assert.Equal(t, outcomes[nil], s.Done)
			assert.Equal(t, s.Accepted, s.Done+s.Failed+s.Cancelled)
			assert.Zero(t, s.Queued+s.Running)
		})
	}
}

// oneOf is one request and its outcome; anything unexpected fails the test.
func oneOf(t *testing.T, w *worker.Worker, random *rand.Rand) error {
	ctx, cancel := context.Background(), func() {}
	if random.IntN(4) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(20))*time.Millisecond)
	}
	defer cancel()
	ids := text(random.IntN(70), 1+random.IntN(30))
	f, err := w.Submit(ctx, tokens(ids...))
	for _, known := range []error{worker.ErrClosed, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	assert.NoError(t, err)
	assert.Equal(t, expected(ids...), f)
	return nil
}

// The caller's ids are its own again once Submit returns, also if it left a run that is on.
func TestTokenIDsAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		w := newWorker(t, m, worker.Options{Runs: 1, Delay: -1})
		ids := []int64{1, 2}
		ctx, cancel := context.WithTimeout(t.Context(), modelRun/2)
		defer cancel()
		_, err := w.Submit(ctx, tokens(ids...))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		clear(ids) // the race detector watches
		require.NoError(t, w.Close())
	})
}

// letters is an encoder: a letter is its place in the alphabet, a line end 50, anything else unknown.
type letters struct{ limit int }

var errLetter = errors.New("not a letter")

func (l letters) Encode(dst []int64, text string) ([]int64, error) {
	for _, char := range text[:min(len(text), l.limit)] {
		switch {
		case char == '\n':
			dst = append(dst, 50)
		case char < 'a' || char > 'z':
			return nil, errLetter
		default:
			dst = append(dst, int64(char-'a'))
		}
	}
	return dst, nil
}

type brackets struct{ err error }

func (b brackets) Render(messages []worker.Message, opening bool) (string, error) {
	text := ""
	for _, m := range messages {
		text += m.Role + m.Content
	}
	if opening {
		text += "opening"
	}
	return text, b.err
}

func TestTextsAndConversations(t *testing.T) {
	p := worker.Parts{Runner: newModel(), Texts: letters{4}, Conversations: letters{1000}}
	plain, err := worker.New(p, worker.Options{})
	require.NoError(t, err)
	defer plain.Close()
	p.Renderer = brackets{}
	templated, err := worker.New(p, worker.Options{})
	require.NoError(t, err)
	defer templated.Close()
	p.Renderer = brackets{errors.New("no such role")}
	broken, err := worker.New(p, worker.Options{})
	require.NoError(t, err)
	defer broken.Close()
	talk := []worker.Message{{Role: "user", Content: "why"}, {Role: "model", Content: "because"}}

	f, err := plain.Submit(t.Context(), worker.Request{Text: "hello"})
	require.NoError(t, err)
	assert.Equal(t, expected(7, 4, 11, 11), f, "cut as its tokenizer says")
	f, err = plain.SubmitConversation(t.Context(), talk)
	require.NoError(t, err)
	assert.Equal(t, expected(22, 7, 24, 50, 1, 4, 2, 0, 20, 18, 4), f)
	f, err = templated.SubmitConversation(t.Context(), talk)
	require.NoError(t, err)
	assert.Equal(t, 4, int(f.Packed[0]))
	assert.Equal(t, len("userwhymodelbecause"), int(f.Packed[1]))

	_, err = plain.SubmitConversation(t.Context(), []worker.Message{{Content: strings.Repeat("a", tooLong)}})
	assert.ErrorIs(t, err, onnx.ErrTooLong, "a conversation is not cut")
	_, err = plain.Submit(t.Context(), worker.Request{Text: "HELLO"})
	assert.ErrorIs(t, err, errLetter)
	_, err = broken.SubmitConversation(t.Context(), talk)
	assert.EqualError(t, err, "no such role")
	_, err = plain.SubmitConversation(t.Context(), nil)
	assert.ErrorIs(t, err, worker.ErrRequest)
	_, err = plain.Submit(t.Context(), worker.Request{Text: "a", TokenIDs: []int64{1}})
	assert.ErrorIs(t, err, worker.ErrRequest)
	bare := newWorker(t, newModel(), worker.Options{})
	defer bare.Close()
	_, err = bare.Submit(t.Context(), worker.Request{Text: "a"})
	assert.ErrorIs(t, err, worker.ErrRequest)
	_, err = bare.SubmitConversation(t.Context(), talk)
	assert.ErrorIs(t, err, worker.ErrRequest)
}

func TestOptionsOutOfRange(t *testing.T) {
	for want, o := range map[string]worker.Options{
		"worker: option out of range: Runs is -1, must be at least 0 and at most 1024":                 {Runs: -1},
		"worker: option out of range: Queue is 2000000, must be at least 0 and at most 1048576":        {Queue: 2000000},
		"worker: option out of range: MaxBatch is 9, must be at most 8, the model's":                   {MaxBatch: 9},
		"worker: option out of range: MaxBatchTokens is 257, must be at most 256, the model's":         {MaxBatchTokens: 257},
		"worker: option out of range: MaxBatchTokens is -1, must be at least 0 and at most 2147483647": {MaxBatchTokens: -1},
		"worker: option out of range: EventBuffer is -1, must be at least 0 and at most 1048576":       {EventBuffer: -1},
	} {
		_, err := worker.New(worker.Parts{Runner: newModel()}, o)
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, worker.ErrOption)
	}
	_, err := worker.Start(worker.Options{Queue: -1})
	assert.ErrorIs(t, err, worker.ErrOption)
}
