package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxClients is how many clients are remembered at least. One that has not come for as many others may begin anew.
const maxClients = 1 << 14

// rates holds the clients to so many a second.
type rates struct {
	limit rate.Limit
	burst int

	mutex     sync.Mutex
	now, past map[string]*rate.Limiter // past is given up when now is full
}

// newRates is nil, and lets everything pass, for a limit of 0.
func newRates(perSecond float64, burst int) *rates {
	if perSecond == 0 {
		return nil
	}
	return &rates{limit: rate.Limit(perSecond), burst: burst, now: map[string]*rate.Limiter{}}
}

func (r *rates) of(client string) *rate.Limiter {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	limiter := r.now[client]
	if limiter != nil {
		return limiter
	}
	if limiter = r.past[client]; limiter == nil {
		limiter = rate.NewLimiter(r.limit, r.burst)
	}
	if len(r.now) >= maxClients {
		r.now, r.past = map[string]*rate.Limiter{}, r.now
	}
	r.now[client] = limiter
	return limiter
}

// take is how long a client must wait before it may have count more; 0 if it has them now. count is at most the burst.
func (r *rates) take(client string, count int, now time.Time) time.Duration {
	if r == nil || count == 0 {
		return 0
	}
	reservation := r.of(client).ReserveN(now, count)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}
