package arena

import (
	"context"
	"time"
)

// TryAcquire takes a lease if one is free, and returns ErrExhausted if none is. It never overtakes somebody who waits in Acquire. ErrClosed if the
// arena is closed.
func (a *Arena) TryAcquire() (Lease, error) {
	a.mutex.Lock()
	s, err := a.take()
	a.mutex.Unlock()
	if err != nil {
		return Lease{}, err
	}
	return s.lend()
}

// Acquire takes a lease, and while all are out waits for one, in the order of arrival. It returns the context's error if that ends
// first, and ErrClosed if the arena is closed. If a lease and the end of the context come at the same moment either may win; no
// lease is lost. Nothing is allocated, unless more wait than ever before.
func (a *Arena) Acquire(ctx context.Context) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	a.mutex.Lock()
	s, err := a.take()
	if err != ErrExhausted {
		a.mutex.Unlock()
		if err != nil {
			return Lease{}, err
		}
		return s.lend()
	}
	w := a.waiting.join()
	a.mutex.Unlock()
	return a.wait(ctx, w)
}

// take pops a free slot. Whoever calls it has the mutex.
func (a *Arena) take() (*slot, error) {
	if a.closed {
		return nil, ErrClosed
	}
	s := a.free
	if s == nil {
		return nil, ErrExhausted
	}
	a.free, s.next = s.next, nil
	a.inUse++
	a.counts.highWater = max(a.counts.highWater, a.inUse)
	return s, nil
}

func (a *Arena) wait(ctx context.Context, w *waiter) (Lease, error) {
	began := time.Now()
	select {
	case s := <-w.granted:
		a.mutex.Lock()
		a.waited(began)
		a.waiting.recycle(w)
		a.mutex.Unlock()
		return s.lend()
	case <-ctx.Done():
		a.abandon(w, began)
		return Lease{}, ctx.Err()
	}
}

// abandon ends a wait whose context has ended. A slot that was granted meanwhile goes to the next in the queue.
func (a *Arena) abandon(w *waiter, began time.Time) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.waited(began)
	a.counts.abandoned++
	if w.queued {
		a.waiting.leave(w)
	} else {
		a.giveBack(<-w.granted) // grants are sent under the mutex, so it is there
	}
	a.waiting.recycle(w)
}

func (a *Arena) waited(began time.Time) {
	a.counts.waits++
	a.counts.waited += time.Since(began)
}

// giveBack hands a slot to whoever has waited longest, or puts it with the free ones. Whoever calls it has the mutex.
func (a *Arena) giveBack(s *slot) {
	if w := a.waiting.first(); w != nil {
		a.waiting.leave(w)
		w.granted <- s
		return
	}
	s.next, a.free = a.free, s
	a.inUse--
}
