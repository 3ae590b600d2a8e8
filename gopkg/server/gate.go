package server

import "context"

// gate lets so many at a time do something, and so many more wait in the order of arrival.
type gate struct {
	what  string
	turns chan struct{}
	queue chan struct{} // of those inside and those that wait
}

func newGate(what string, atATime, waiting int) *gate {
	return &gate{what: what, turns: make(chan struct{}, atATime), queue: make(chan struct{}, atATime+waiting)}
}

// enter waits for a turn. The problem is that too many wait, or the context's error.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.queue <- struct{}{}:
	default:
		return busy("as many " + g.what + " wait as may")
	}
	select {
	case g.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.queue
		return ctx.Err()
	}
}

func (g *gate) leave() {
	<-g.turns
	<-g.queue
}

// waiting is how many wait, running how many are inside.
func (g *gate) running() int { return len(g.turns) }
func (g *gate) waiting() int { return max(0, len(g.queue)-len(g.turns)) }
