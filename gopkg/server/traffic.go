package server

import "sync"

// traffic counts requests, so that a server that stops knows when the last one is answered.
type traffic struct {
	mutex   sync.Mutex
	count   int
	stopped bool
	idle    chan struct{} // closed when stopped and none is left
}

func newTraffic() *traffic { return &traffic{idle: make(chan struct{})} }

// enter is false once stop was called.
func (t *traffic) enter() bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.stopped {
		return false
	}
	t.count++
	return true
}

func (t *traffic) leave() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.count--
	t.settle()
}

// stop refuses new requests. The channel is closed when those inside have left.
func (t *traffic) stop() <-chan struct{} {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if !t.stopped {
		t.stopped = true
		t.settle()
	}
	return t.idle
}

func (t *traffic) settle() {
	if t.stopped && t.count == 0 {
		close(t.idle)
	}
}

func (t *traffic) isStopped() bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.stopped
}
