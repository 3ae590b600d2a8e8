package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// route is one thing that the server can be asked.
type route struct {
	method, path string // path as in openapi.yaml and net/http
	open         bool   // without a key, and while the server stops
	stream       bool   // its body and its answer may be large: only their rate is bounded
	loaded       bool   // can't do without the model and the collections
	handle       func(http.ResponseWriter, *http.Request) error
}

// routes are all but the page's.
func (s *Server) routes() []route {
	return []route{
		{method: "GET", path: "/healthz", open: true, handle: s.healthz},
		{method: "GET", path: "/readyz", open: true, handle: s.readyz},
		{method: "GET", path: "/metrics", handle: s.scrape},
		{method: "GET", path: "/openapi.yaml", open: true, handle: describe},
		{method: "GET", path: "/v1/model", loaded: true, handle: s.describeModel},
		{method: "POST", path: "/v1/fingerprints", loaded: true, handle: s.fingerprints},
		{method: "POST", path: "/v1/quantise", stream: true, handle: s.quantise},
		{method: "POST", path: "/v1/distance", handle: s.distance},
		{method: "GET", path: "/v1/collections", loaded: true, handle: s.listCollections},
		{method: "PUT", path: "/v1/collections/{collection}", loaded: true, handle: s.createCollection},
		{method: "GET", path: "/v1/collections/{collection}", loaded: true, handle: s.getCollection},
		{method: "DELETE", path: "/v1/collections/{collection}", loaded: true, handle: s.deleteCollection},
		{method: "PUT", path: "/v1/collections/{collection}/points", loaded: true, handle: s.upsertPoints},
		{method: "POST", path: "/v1/collections/{collection}/delete", loaded: true, handle: s.deletePoints},
		{method: "GET", path: "/v1/collections/{collection}/points/{id}", loaded: true, handle: s.getPoint},
		{method: "POST", path: "/v1/collections/{collection}/search", loaded: true, handle: s.search},
		{method: "GET", path: "/v1/collections/{collection}/window", loaded: true, handle: s.window},
		{method: "GET", path: "/v1/collections/{collection}/prefix", loaded: true, handle: s.prefix},
		{method: "GET", path: "/v1/collections/{collection}/bucket", loaded: true, handle: s.bucket},
	}
}

// handler is the whole service.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, s.serve(r))
		methods[r.path] = append(methods[r.path], r.method)
	}
	for path, allowed := range methods {
		mux.Handle(path, s.serve(notAllowed(path, allowed)))
	}
	s.servePage(mux)
	mux.Handle("/", s.serve(route{path: "none", open: true, handle: func(_ http.ResponseWriter, r *http.Request) error {
		return notFound()
	}}))
	return s.observe(s.withCORS(mux))
}

func notFound() *Problem {
	return problem(http.StatusNotFound, "not_found", "there is nothing at this path; /openapi.yaml lists what there is")
}

func notAllowed(path string, allowed []string) route {
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	return route{path: path, open: true, handle: func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", list)
		return broken(http.StatusMethodNotAllowed, "method", "the method", r.Method, list)
	}}
}

// serve is the way to a route: what every request must pass, and what becomes of an error.
func (s *Server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		c.route = rt.path
		s.pace(w, r)
		err := s.take(rt, c, w, r)
		if err == nil {
			return
		}
		c.problem = problemOf(err, "the request")
		if cut, ok := errors.AsType[*Problem](context.Cause(r.Context())); ok {
			c.problem = cut // by the server, not by the client
		}
		if a, ok := w.(*answer); ok && a.status != 0 || c.problem.Status == statusGone {
			panic(http.ErrAbortHandler) // cut off, so that nobody takes the half for the whole
		}
		if c.problem.Code == codeDraining {
			w.Header().Set("Connection", "close")
		}
		c.problem.write(w, c.id)
	})
}

// take lets a request in and answers it. While the server stops only the open routes are answered.
func (s *Server) take(rt route, c *call, w http.ResponseWriter, r *http.Request) error {
	if rt.open {
		return s.run(rt, w, r)
	}
	if !s.traffic.enter() {
		return draining()
	}
	defer s.traffic.leave()
	if err := s.admit(rt, c, w, r); err != nil {
		return err
	}
	return s.run(rt, w, r)
}

// admit says why a request can't be taken.
func (s *Server) admit(rt route, c *call, w http.ResponseWriter, r *http.Request) error {
	known := true
	if s.keys != nil {
		var name string
		if name, known = s.keys.nameOf(r); known {
			c.client = name
		}
	}
	if wait := s.requests.take(c.client, 1, time.Now()); wait > 0 { // also of who tries keys: by the address
		return problem(http.StatusTooManyRequests, "rate", "more requests than %g a second", s.config.Rate).after(wait)
	}
	if !known {
		w.Header().Set("WWW-Authenticate", `Bearer realm="q2"`)
		return unauthorised()
	}
	if rt.loaded {
		return s.isLoaded()
	}
	return nil
}

// run is the handler with its limits of time and body.
func (s *Server) run(rt route, w http.ResponseWriter, r *http.Request) error {
	if rt.stream {
		return rt.handle(w, r)
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.HandlerTimeout)
	defer cancel()
	r = r.WithContext(ctx)
	if err := limitBody(w, r, s.config.MaxBody); err != nil {
		return err
	}
	return rt.handle(w, r)
}

// limitBody refuses a body that says itself that it is too long before any of it is read, and bounds what is read of the others.
func limitBody(w http.ResponseWriter, r *http.Request, most int64) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if r.ContentLength > most {
		p := tooLarge(most)
		p.Value = fmt.Sprintf("%d bytes", r.ContentLength)
		return p
	}
	r.Body = http.MaxBytesReader(unwrapped(w), r.Body, most)
	return nil
}

// unwrapped is net/http's own writer: only that one closes the connection after a body that was too long.
func unwrapped(w http.ResponseWriter) http.ResponseWriter {
	for {
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = inner.Unwrap()
	}
}

// isLoaded says whether the model and the collections are there yet.
func (s *Server) isLoaded() error {
	select {
	case <-s.loaded:
	default:
		return problem(http.StatusServiceUnavailable, "loading", "the model is being loaded").after(time.Second)
	}
	if s.loadError != nil {
		return errors.Join(errors.New("the model or the collections could not be loaded"), s.loadError)
	}
	return nil
}
