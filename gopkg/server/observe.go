package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// call is what is known of a request beside net/http's: it goes with the request's context.
type call struct {
	id      string
	route   string
	client  string // the name of its key, or its address
	texts   []string
	problem *Problem // the answer, if it is one
}

type callKey struct{}

// callOf is the call of a request of this server.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// observe gives each request an id, one line in the log and a place in the metrics, and turns a panic into an answer.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		c := &call{id: requestID(r), route: "none", client: address(r)}
		w.Header().Set("X-Request-Id", c.id)
		a := &answer{ResponseWriter: w, control: http.NewResponseController(w), timeout: s.config.WriteTimeout}
		s.metrics.inFlight.Inc()
		defer func() {
			s.metrics.inFlight.Dec()
			s.finish(r, c, a, began, recover())
		}()
		next.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// finish is the end of a request, by return or by panic. What has begun to be sent can't be taken back: then the connection is cut.
func (s *Server) finish(r *http.Request, c *call, a *answer, began time.Time, panicked any) {
	if panicked != nil && panicked != http.ErrAbortHandler {
		c.problem = internal()
		s.metrics.panics.Inc()
		s.log.Error("panic", "request_id", c.id, "route", c.route, "panic", panicked, "stack", string(debug.Stack()))
		if a.status == 0 {
			c.problem.write(a, c.id)
			panicked = nil
		} else {
			panicked = http.ErrAbortHandler
		}
	}
	status := a.status
	if c.problem != nil {
		status = c.problem.Status
	}
	s.metrics.observe(c.route, r.Method, status, time.Since(began))
	s.logLine(r, c, a, status, time.Since(began))
	if panicked != nil {
		panic(panicked)
	}
}

// logLine is the one line of a request. Probes and scrapes, which come all the time, are for debugging.
func (s *Server) logLine(r *http.Request, c *call, a *answer, status int, took time.Duration) {
	severity := slog.LevelInfo
	if quiet[c.route] {
		severity = slog.LevelDebug
	}
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		severity = slog.LevelError
	}
	if !s.log.Enabled(r.Context(), severity) {
		return
	}
	attributes := []slog.Attr{slog.String("request_id", c.id), slog.String("client", c.client), slog.String("method", r.Method), slog.String("route", c.route),
		slog.Int("status", status), slog.Int64("bytes", a.bytes), slog.Duration("took", took)}
	if c.problem != nil {
		attributes = append(attributes, slog.String("code", c.problem.Code), slog.String("detail", c.problem.Detail))
		if c.problem.cause != nil {
			attributes = append(attributes, slog.Any("error", c.problem.cause))
		}
	}
	if s.config.LogTexts && c.texts != nil {
		attributes = append(attributes, slog.Any("texts", c.texts))
	}
	s.log.LogAttrs(r.Context(), severity, "request", attributes...)
}

var quiet = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// requestID is the caller's own, where it can stand in a log, or a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && isWord(id) {
		return id
	}
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func isWord(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
