package server

import (
	"net/http"
	"time"
)

// MaxClients is how many clients a limit of a rate remembers at least.
const MaxClients = maxClients

// Rates is a limit of a rate, for as many clients as come.
func Rates(perSecond float64, burst int) (take func(client string, now time.Time) time.Duration, remembered func() int) {
	r := newRates(perSecond, burst)
	return func(client string, now time.Time) time.Duration { return r.take(client, 1, now) }, func() int { return len(r.now) + len(r.past) }
}

// Observed is a handler of the test's own with what goes around every one.
func Observed(s *Server, h http.HandlerFunc) http.Handler { return s.observe(h) }

// RoutesOf is every route but the page's, as "GET /healthz".
func RoutesOf(c Config) (all []string) {
	s := &Server{config: c}
	for _, r := range s.routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// EnterSearches takes places among the searches that run or wait, until leave is called.
func EnterSearches(s *Server, places int) (leave func()) {
	for range places {
		s.searches.queue <- struct{}{}
	}
	return func() {
		for range places {
			<-s.searches.queue
		}
	}
}

// HoldScans takes every turn, until release is called.
func HoldScans(s *Server) (release func()) {
	for range cap(s.searches.turns) {
		s.searches.turns <- struct{}{}
	}
	return func() {
		for range cap(s.searches.turns) {
			<-s.searches.turns
		}
	}
}
