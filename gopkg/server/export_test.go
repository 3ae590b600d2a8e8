package server

// RoutesOf is every route but the page's, as "GET /healthz".
func RoutesOf(c Config) (all []string) {
	s := &Server{config: c}
	for _, r := range s.routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}
