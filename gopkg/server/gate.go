package server

import (
	"context"
	"sync/atomic"
)

// gate lets so many at a time do something, and so many more wait in the order of arrival.
type gate struct {
	what   string
	turns  chan struct{}
	queue  chan struct{} // of those inside and those that wait
	inside atomic.Int64
}

func newGate(what string, atATime, waiting int) *gate {
	return &gate{what: what, turns: make(chan struct{}, atATime), queue: make(chan struct{}, atATime+waiting)}
}

// enter waits for a turn. The problem is that too many wait, or the context's error.
func (g *gate) enter(ctx context.Context) error {
	if err := g.admit(); err != nil {
		return err
	}
	if err := g.turn(ctx); err != nil {
		g.quit()
		return err
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() {
	g.inside.Add(-1)
	g.endTurn()
	g.quit()
}

// admit takes a place in the queue, until quit.
func (g *gate) admit() error {
	select {
	case g.queue <- struct{}{}:
		return nil
	default:
		return busy("as many " + g.what + " wait as may")
	}
}

func (g *gate) quit() { <-g.queue }

// turn waits for one, until endTurn.
func (g *gate) turn(ctx context.Context) error {
	select {
	case g.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) endTurn() { <-g.turns }

// waiting is how many wait, running how many are inside.
func (g *gate) running() int { return int(g.inside.Load()) }
func (g *gate) waiting() int { return max(0, len(g.queue)-g.running()) }
