package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// paced is a body that must come at a rate: each byte read moves the end of patience on. Once it is there the connection waits for the next
// request as long as it may.
type paced struct {
	io.ReadCloser
	control *http.ResponseController
	until   time.Time
	perByte float64 // seconds
	read    int64
}

// pace bounds the time that a request's body may take, also where nobody reads it: the server reads past what is left of it.
func (s *Server) pace(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	p := &paced{ReadCloser: r.Body, control: http.NewResponseController(w), until: time.Now().Add(s.config.BodyTimeout), perByte: 1 / float64(s.config.MinRate)}
	_ = p.control.SetReadDeadline(p.until)
	r.Body = p
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		_ = p.control.SetReadDeadline(time.Time{})
	case n > 0:
		_ = p.control.SetReadDeadline(p.until.Add(time.Duration(float64(p.read) * p.perByte * float64(time.Second))))
	}
	return n, err
}

func isTimeout(err error) bool {
	wait, ok := errors.AsType[net.Error](err)
	return errors.Is(err, os.ErrDeadlineExceeded) || ok && wait.Timeout()
}

// answer is a response that is counted, and whose every write has an end.
type answer struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	status  int
	bytes   int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	_ = a.control.SetWriteDeadline(time.Now().Add(a.timeout))
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
