package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/q2kernel/q2/gopkg/index"
)

// mostShared is how many searches share a scan: as many as the kernels look at in one pass over the codes.
const mostShared = 64

// scans lets searches of a kind that wait at the same time share a scan, which then takes a fraction of what it would take them one by one. Of each kind one scan
// runs at a time, on all cores; what comes meanwhile shares the next. So a search waits for nobody where there is no other, and the more there are the less each costs.
type scans struct {
	*gate
	ran func(ranking string, searches int, took time.Duration)

	mutex sync.Mutex
	open  map[scanKind]*sharedScan // that wait for a turn and take more
	last  map[scanKind]*sharedScan // that have not ended
}

// scanKind is what searches must have in common.
type scanKind struct {
	ix      *index.Index
	ranking index.Ranking
	k       int
	bare    bool
}

type sharedScan struct {
	kind     scanKind
	searches []*waitingSearch
	left     int                // searches whose client is still there
	cancel   context.CancelFunc // called when there is none
	before   *sharedScan        // of this kind; may be nil
	ended    chan struct{}
}

type waitingSearch struct {
	query  index.Query
	gone   bool
	answer chan scanned // has room for it
}

// scanned is what became of a search.
type scanned struct {
	hits []index.Hit
	took time.Duration
	err  error
}

func newScans(atATime, waiting int, ran func(ranking string, searches int, took time.Duration)) *scans {
	return &scans{gate: newGate("searches", atATime, waiting), ran: ran, open: map[scanKind]*sharedScan{}, last: map[scanKind]*sharedScan{}}
}

// search waits for a scan with what else there is of its kind. The problem is that too many wait, or the context's error.
func (s *scans) search(ctx context.Context, kind scanKind, query index.Query) scanned {
	if err := s.admit(); err != nil {
		return scanned{err: err}
	}
	defer s.quit()
	scan, mine := s.join(kind, query)
	select {
	case a := <-mine.answer:
		return a
	case <-ctx.Done():
		s.abandon(scan, mine)
		return scanned{err: ctx.Err()}
	}
}

func (s *scans) join(kind scanKind, query index.Query) (*sharedScan, *waitingSearch) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	scan := s.open[kind]
	if scan == nil {
		ctx, cancel := context.WithCancel(context.Background())
		scan = &sharedScan{kind: kind, cancel: cancel, before: s.last[kind], ended: make(chan struct{})}
		s.open[kind], s.last[kind] = scan, scan
		go s.run(ctx, scan)
	}
	mine := &waitingSearch{query: query, answer: make(chan scanned, 1)}
	scan.searches = append(scan.searches, mine)
	scan.left++
	if len(scan.searches) >= min(mostShared, index.MaxPlaces/kind.k) {
		delete(s.open, kind)
	}
	return scan, mine
}

// abandon ends a scan that nobody waits for any more.
func (s *scans) abandon(scan *sharedScan, mine *waitingSearch) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	mine.gone = true
	if scan.left--; scan.left > 0 {
		return
	}
	s.close(scan)
	scan.cancel()
}

// close lets nobody join any more.
func (s *scans) close(scan *sharedScan) {
	if s.open[scan.kind] == scan {
		delete(s.open, scan.kind)
	}
}

// run waits for a turn and scans for those who are there then.
func (s *scans) run(ctx context.Context, scan *sharedScan) {
	defer s.end(scan)
	if scan.waitForTheOneBefore(ctx) != nil || s.turn(ctx) != nil {
		return
	}
	defer s.endTurn()
	present := s.depart(scan)
	s.inside.Add(int64(len(present)))
	defer s.inside.Add(-int64(len(present)))
	s.answer(ctx, scan.kind, present)
}

func (scan *sharedScan) waitForTheOneBefore(ctx context.Context) error {
	if scan.before == nil {
		return nil
	}
	select {
	case <-scan.before.ended:
		scan.before = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *scans) end(scan *sharedScan) {
	scan.cancel()
	close(scan.ended)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.last[scan.kind] == scan {
		delete(s.last, scan.kind)
	}
}

// depart closes a scan and gives those who are there.
func (s *scans) depart(scan *sharedScan) (present []*waitingSearch) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.close(scan)
	for _, w := range scan.searches {
		if !w.gone {
			present = append(present, w)
		}
	}
	return present
}

// answer scans, and tells everybody. A query that is refused, which is before the scan, is left out of it. If the scan fails one of them may be to blame: then each
// has one of its own.
func (s *scans) answer(ctx context.Context, kind scanKind, present []*waitingSearch) {
	for len(present) > 0 {
		hits, took, err := s.scan(ctx, kind, present)
		if refused, ok := errors.AsType[*index.QueryError](err); ok {
			present[refused.Query].answer <- scanned{err: refused.Err}
			present = slices.Delete(present, refused.Query, refused.Query+1)
			continue
		}
		if err != nil && len(present) > 1 {
			for i := range present {
				s.answer(ctx, kind, []*waitingSearch{present[i]})
			}
			return
		}
		for i, p := range present {
			a := scanned{took: took, err: err}
			if err == nil {
				a.hits = hits[i]
			}
			p.answer <- a
		}
		return
	}
}

func (s *scans) scan(ctx context.Context, kind scanKind, present []*waitingSearch) (hits [][]index.Hit, took time.Duration, err error) {
	queries := make([]index.Query, len(present))
	for i, p := range present {
		queries[i] = p.query
	}
	began := time.Now()
	err = sheltered(func() error {
		hits, err = kind.ix.SearchMany(ctx, queries, kind.k, index.SearchOptions{Ranking: kind.ranking, Bare: kind.bare})
		return err
	})
	if took = time.Since(began); err == nil {
		s.ran(kind.ranking.String(), len(present), took)
	}
	return hits, took, err
}
