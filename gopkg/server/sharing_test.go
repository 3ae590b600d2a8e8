package server_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

// scanCounts are how many scans there were, and how many searches had them.
func (s *service) scanCounts() (scans, searches int) {
	for line := range strings.Lines(s.get("/metrics").body) {
		_, _ = fmt.Sscanf(line, "q2_scan_searches_count %d", &scans)
		_, _ = fmt.Sscanf(line, "q2_scan_searches_sum %d", &searches)
	}
	return scans, searches
}

func (s *service) waitSearches(waiting int) {
	s.t.Helper()
	want := fmt.Sprintf(`q2_gate_waiting{what="searches"} %d`+"\n", waiting)
	require.Eventually(s.t, func() bool { return strings.Contains(s.get("/metrics").body, want) }, eventually, tick)
}

// Searches that wait share scans: of each kind as many as one takes, and each has its own neighbours, whatever the others ask for.
func TestSearchesThatWaitShareScans(t *testing.T) {
	const n = 32
	s, c := start(t, nil, nil), newCorpus(t, 300, n)
	for _, name := range []string{"one", "two"} {
		require.Equal(t, http.StatusCreated, s.put("/v1/collections/"+name, `{"n":32}`).status)
		require.Equal(t, http.StatusOK, s.put("/v1/collections/"+name+"/points", c.points()).status)
	}
	release := server.HoldScans(s.Server)
	type asked struct {
		answer <-chan reply
		want   []uint64
	}
	var all []asked
	ask := func(name, ranking string, k, of int) {
		query := c.codes[of]
		distance := leeTo(query, n)
		if ranking == "l1" {
			distance = l1To(query, n)
		}
		body := fmt.Sprintf(`{"code":"%s","ranking":"%s","k":%d}`, base64.StdEncoding.EncodeToString(query), ranking, k)
		all = append(all, asked{s.posting(t.Context(), "/v1/collections/"+name+"/search", body), c.nearest(k, distance, nil)})
	}
	for i := range 70 {
		ask("one", "lee", 10, i) // 64 of them, and 6
	}
	for i := range 5 {
		ask("one", "lee", 3, 70+i)
		ask("one", "l1", 10, 80+i)
		ask("two", "lee", 10, 90+i)
	}
	s.waitSearches(len(all))
	release()
	for _, a := range all {
		r, ok := <-a.answer
		require.True(t, ok)
		assert.Equal(t, a.want, decode[found](t, r).ids())
	}
	scans, searches := s.scanCounts()
	assert.Equal(t, []int{5, len(all)}, []int{scans, searches})
	assert.Contains(t, s.get("/metrics").body, `q2_gate_running{what="searches"} 0`+"\n")
}

// A query that is refused, and a client that goes away, cost the others nothing; a scan that nobody waits for is not made.
func TestAnErrorInASharedScanIsItsOwn(t *testing.T) {
	s := start(t, nil, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/bread", `{}`).status)
	require.Equal(t, http.StatusOK, s.put("/v1/collections/bread/points", `{"points":[{"id":1,"code":"AAA="},{"id":2,"code":"//8="}]}`).status)
	const path, good, bad = "/v1/collections/bread/search", `{"activation":[1,-1,1,-1,1,-1,1,-1]}`, `{"activation":[1e38,1e38,1,1,1,1,1,1]}`
	release := server.HoldScans(s.Server)
	gone, leave := context.WithCancel(t.Context())
	var answers []<-chan reply
	for _, body := range []string{bad, good, bad, good} {
		answers = append(answers, s.posting(t.Context(), path, body))
	}
	left := s.posting(gone, path, good)
	s.waitSearches(5)
	leave()
	<-left
	s.waitSearches(4)
	release()
	status := map[int]int{}
	for _, answer := range answers {
		r, ok := <-answer
		require.True(t, ok)
		if status[r.status]++; r.status != http.StatusOK {
			assert.Equal(t, "not_finite", r.problem(t).Code)
		}
	}
	assert.Equal(t, map[int]int{http.StatusOK: 2, http.StatusUnprocessableEntity: 2}, status)
	scans, searches := s.scanCounts()
	assert.Equal(t, []int{1, 2}, []int{scans, searches})

	release = server.HoldScans(s.Server)
	gone, leave = context.WithCancel(t.Context())
	left = s.posting(gone, path, good)
	s.waitSearches(1)
	leave()
	<-left
	s.waitSearches(0)
	release()
	assert.Len(t, decode[found](t, s.post(path, good)).Hits, 2)
	scans, searches = s.scanCounts()
	assert.Equal(t, []int{2, 3}, []int{scans, searches}, "the one by itself, and none for who had left")
}

// A scan that fails as a whole is tried for each by itself, and each is told why.
func TestASharedScanOfADeletedCollection(t *testing.T) {
	s := start(t, nil, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/bread", `{}`).status)
	release := server.HoldScans(s.Server)
	var answers []<-chan reply
	for range 3 {
		answers = append(answers, s.posting(t.Context(), "/v1/collections/bread/search", `{"code":"AAA="}`))
	}
	s.waitSearches(3)
	require.Equal(t, http.StatusNoContent, s.do("DELETE", "/v1/collections/bread", "", nil).status)
	release()
	for _, answer := range answers {
		r, ok := <-answer
		require.True(t, ok)
		assert.Equal(t, []any{http.StatusNotFound, "no_collection"}, []any{r.status, r.problem(t).Code})
	}
}

// A search that waits too long is told so, and its place is free again.
func TestASearchThatWaitsTooLong(t *testing.T) {
	s := start(t, func(c *server.Config) { c.QueueTimeout = 20 * time.Millisecond }, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/bread", `{}`).status)
	for _, body := range []string{`{"code":"AAA="}`, `{"code":"AAA=","filter":{"ids":[1]}}`} {
		release := server.HoldScans(s.Server)
		r := s.post("/v1/collections/bread/search", body)
		assert.Equal(t, http.StatusServiceUnavailable, r.status)
		assert.Equal(t, "timeout", r.problem(t).Code)
		s.waitSearches(0)
		release()
		require.Eventually(t, func() bool { return s.post("/v1/collections/bread/search", body).status == http.StatusOK }, eventually, tick)
	}
}
