package arena

// queue is who waits for a lease, in the order of arrival. Joining, leaving from any place and being first take the same short time
// whatever its length. Waiters are used again, so that a wait allocates nothing. The arena's mutex guards all of it.
type queue struct {
	head, tail *waiter
	length     int
	spare      *waiter // a stack, linked by next
}

// waiter is one goroutine's place in the queue.
type waiter struct {
	granted    chan *slot // holds one, so that granting never blocks
	prev, next *waiter
	queued     bool // false once a slot was granted
}

func (q *queue) first() *waiter { return q.head }

func (q *queue) join() *waiter {
	w := q.spare
	if w == nil {
		w = &waiter{granted: make(chan *slot, 1)}
	} else {
		q.spare, w.next = w.next, nil
	}
	w.queued, w.prev = true, q.tail
	if q.tail == nil {
		q.head = w
	} else {
		q.tail.next = w
	}
	q.tail = w
	q.length++
	return w
}

func (q *queue) leave(w *waiter) {
	if w.prev == nil {
		q.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
	q.length--
}

// recycle keeps a waiter that is out of the queue, and whose grant was taken, for the next one.
func (q *queue) recycle(w *waiter) { w.next, q.spare = q.spare, w }
