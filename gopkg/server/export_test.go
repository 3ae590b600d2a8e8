package server

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
